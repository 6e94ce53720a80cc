"""The tables of the history file, as an append-only list of migrations: number N brings version N-1 to N.

A migration that was released is never edited; the next change is a new one at the end.
"""

APPLICATION_ID = 0x66656564  # "feed", in the file's header: what `file` and a wrong path are told by

MIGRATIONS = (
    """
    CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

    CREATE TABLE inputs (            -- documents of sources, as last read without a problem
        source TEXT NOT NULL,
        document TEXT NOT NULL,      -- path below the site's folder
        size INTEGER NOT NULL,
        mtime_ns INTEGER NOT NULL,
        digest BLOB NOT NULL,
        items INTEGER NOT NULL,
        PRIMARY KEY (source, document)
    ) WITHOUT ROWID;

    CREATE TABLE entries (
        arrival INTEGER PRIMARY KEY,  -- the order in which entries became known
        id TEXT NOT NULL UNIQUE,      -- a tag URI, minted once
        source TEXT NOT NULL,
        guid TEXT NOT NULL,           -- the source's own, "" where it gives none
        link TEXT NOT NULL,           -- likewise
        page TEXT UNIQUE,             -- path of our own page, where there is no link
        date TEXT NOT NULL,           -- as listed, YYYY-MM-DD
        key TEXT NOT NULL,            -- identity.title_key of the title
        title TEXT NOT NULL,
        text TEXT NOT NULL,
        summary TEXT NOT NULL,
        content_html TEXT NOT NULL,
        language TEXT NOT NULL,
        digest BLOB NOT NULL,         -- identity.content_digest
        published INTEGER NOT NULL,   -- seconds since 1970, assigned once
        precision TEXT NOT NULL,
        updated INTEGER NOT NULL,
        first_seen INTEGER NOT NULL,
        document TEXT NOT NULL,       -- where it was first found
        line INTEGER NOT NULL,
        rule TEXT NOT NULL,           -- how it was last recognised
        categories TEXT NOT NULL,     -- JSON: [[scheme, term, label], …]
        waits INTEGER NOT NULL DEFAULT 1  -- its own page is not yet published
    );
    CREATE UNIQUE INDEX entries_listed ON entries (source, date, key);
    CREATE INDEX entries_key ON entries (source, key);
    CREATE INDEX entries_guid ON entries (source, guid) WHERE guid <> '';
    CREATE INDEX entries_link ON entries (source, link) WHERE link <> '';
    CREATE INDEX entries_published ON entries (published);
    CREATE INDEX entries_waiting ON entries (arrival) WHERE waits;

    CREATE TABLE fragments (          -- entries as rendered; an entry without a row waits to be rendered
        entry INTEGER PRIMARY KEY REFERENCES entries (arrival),
        atom BLOB NOT NULL,
        rss BLOB NOT NULL
    );

    CREATE TABLE feeds (
        path TEXT PRIMARY KEY,        -- "" for the main feed
        id TEXT NOT NULL,
        scheme TEXT NOT NULL,         -- "" for the main feed
        term TEXT NOT NULL,
        label TEXT NOT NULL,
        waits INTEGER NOT NULL DEFAULT 1  -- its documents are not yet published as they should be
    ) WITHOUT ROWID;

    CREATE TABLE members (
        feed TEXT NOT NULL REFERENCES feeds (path),
        position INTEGER NOT NULL,    -- order of arrival in this feed
        entry INTEGER NOT NULL REFERENCES entries (arrival),
        PRIMARY KEY (feed, position)
    ) WITHOUT ROWID;
    CREATE UNIQUE INDEX members_entry ON members (entry, feed);

    CREATE TABLE documents (          -- what was published, to tell a file that is as it should be by a look
        path TEXT PRIMARY KEY,        -- below the output folder
        digest BLOB NOT NULL,
        size INTEGER NOT NULL,
        mtime_ns INTEGER NOT NULL,
        live INTEGER NOT NULL         -- looked at in every run
    ) WITHOUT ROWID;
    """,
    """
    CREATE TABLE archives (          -- pages of a feed's archive, RFC 5005 4
        feed TEXT NOT NULL REFERENCES feeds (path),
        page INTEGER NOT NULL,       -- from 1, the first arrivals
        waits INTEGER NOT NULL DEFAULT 1,
        PRIMARY KEY (feed, page)
    ) WITHOUT ROWID;
    UPDATE feeds SET waits = 1;
    """,
    """
    ALTER TABLE entries ADD COLUMN withdrawn INTEGER;              -- seconds since 1970, NULL for what stands
    ALTER TABLE entries ADD COLUMN reason TEXT NOT NULL DEFAULT '';
    """,
    """
    CREATE TABLE adopted (           -- ids of another program's feed, that wait for their items to be listed
        id TEXT PRIMARY KEY,
        link TEXT NOT NULL,
        key TEXT NOT NULL,           -- identity.title_key of the title
        date TEXT NOT NULL           -- as the old feed had it, in UTC, "" where it had none
    ) WITHOUT ROWID;
    CREATE INDEX adopted_key ON adopted (key);
    CREATE INDEX adopted_link ON adopted (link) WHERE link <> '';
    """,
    """
    ALTER TABLE feeds ADD COLUMN ended INTEGER;  -- seconds since 1970; its members stay as they were then
    """,
    """
    DROP TABLE fragments;
    CREATE TABLE fragments (          -- entries as rendered; an entry without a row waits to be rendered
        entry INTEGER PRIMARY KEY REFERENCES entries (arrival),
        atom BLOB NOT NULL,
        rss BLOB NOT NULL,
        json BLOB NOT NULL
    );
    UPDATE entries SET waits = 1;
    UPDATE feeds SET waits = 1;
    UPDATE archives SET waits = 1;
    """,
    """
    ALTER TABLE entries ADD COLUMN enclosures TEXT NOT NULL DEFAULT '[]';  -- JSON: [[address, media type, length], …]
    ALTER TABLE entries ADD COLUMN stated TEXT NOT NULL DEFAULT '[]';      -- JSON: categories in its source's own words
    """,
    """
    ALTER TABLE entries ADD COLUMN translations TEXT NOT NULL DEFAULT '[]';  -- JSON: addresses of it in other languages
    ALTER TABLE entries ADD COLUMN work INTEGER;  -- translations of each other share it: the arrival of the first
    CREATE INDEX entries_work ON entries (work) WHERE work IS NOT NULL;
    CREATE TABLE works (              -- addresses by which translations of each other are known
        key TEXT NOT NULL,            -- identity.work_keys
        entry INTEGER NOT NULL REFERENCES entries (arrival),
        PRIMARY KEY (key, entry)
    ) WITHOUT ROWID;
    CREATE INDEX works_entry ON works (entry);
    """,
    """
    ALTER TABLE entries ADD COLUMN evidence TEXT NOT NULL DEFAULT '[]';  -- JSON: model.Evidence of its categories
    ALTER TABLE feeds ADD COLUMN newest INTEGER;  -- when the newest of its entries was published, seconds since 1970
    ALTER TABLE feeds ADD COLUMN gap INTEGER;     -- seconds between entries, the median of the last ones
    CREATE TABLE months (             -- how many entries a feed has of each month: counted as they come and go
        feed TEXT NOT NULL REFERENCES feeds (path),
        month TEXT NOT NULL,          -- YYYY-MM
        entries INTEGER NOT NULL,
        PRIMARY KEY (feed, month)
    ) WITHOUT ROWID;
    CREATE TABLE together (           -- how many entries two feeds of different kinds share, likewise
        feed TEXT NOT NULL REFERENCES feeds (path),
        other TEXT NOT NULL REFERENCES feeds (path),
        entries INTEGER NOT NULL,
        PRIMARY KEY (feed, other)
    ) WITHOUT ROWID;
    INSERT INTO months SELECT feed, strftime('%Y-%m', published, 'unixepoch'), count(*)
        FROM members JOIN entries ON arrival = entry GROUP BY 1, 2;
    INSERT INTO together SELECT one.feed, two.feed, count(*) FROM members AS one JOIN members AS two
        ON two.entry = one.entry JOIN feeds AS f ON f.path = one.feed JOIN feeds AS g ON g.path = two.feed
        WHERE f.scheme <> g.scheme AND f.scheme <> '' AND g.scheme <> '' GROUP BY 1, 2;
    UPDATE feeds SET waits = 1,
        newest = (SELECT max(published) FROM members JOIN entries ON arrival = entry WHERE feed = path);
    UPDATE entries SET waits = 1;
    """,
    """
    CREATE TABLE pinged (             -- documents as their hub was last told of them
        path TEXT PRIMARY KEY,
        digest BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE uploaded (           -- documents as they were last brought to another place
        target TEXT NOT NULL,
        path TEXT NOT NULL,
        digest BLOB NOT NULL,
        PRIMARY KEY (target, path)
    ) WITHOUT ROWID;
    """,
    """
    CREATE TABLE lengths (            -- of files of others that entries name, as their servers said
        address TEXT PRIMARY KEY,
        length INTEGER NOT NULL,      -- bytes
        media_type TEXT NOT NULL
    ) WITHOUT ROWID;
    """,
    """
    ALTER TABLE fragments ADD COLUMN valid INTEGER NOT NULL DEFAULT 0;  -- found so, by this version and configuration
    """,
    """
    DROP TABLE inputs;                -- each is read once more
    CREATE TABLE inputs (             -- documents of sources, as last read without a problem
        number INTEGER PRIMARY KEY,
        source TEXT NOT NULL,
        document TEXT NOT NULL,       -- path below the site's folder, or address
        size INTEGER NOT NULL,
        mtime_ns INTEGER NOT NULL,
        digest BLOB NOT NULL,
        items INTEGER NOT NULL,
        oldest TEXT NOT NULL,         -- date of its items, YYYY-MM-DD, '' where it has none
        newest TEXT NOT NULL,
        UNIQUE (source, document)
    );
    CREATE TABLE listings (           -- which entries they list
        input INTEGER NOT NULL REFERENCES inputs (number) ON DELETE CASCADE,
        entry INTEGER NOT NULL REFERENCES entries (arrival),
        PRIMARY KEY (input, entry)
    ) WITHOUT ROWID;
    CREATE INDEX listings_entry ON listings (entry);
    DROP INDEX entries_waiting;       -- what waits is found without a look at what does not
    CREATE INDEX entries_waiting ON entries (published, arrival) WHERE waits;
    ALTER TABLE archives ADD COLUMN first INTEGER NOT NULL DEFAULT 1;  -- positions that a page holds
    ALTER TABLE archives ADD COLUMN last INTEGER NOT NULL DEFAULT 0;
    UPDATE archives SET first = (page - 1) * size + 1, last = page * size
        FROM (SELECT CAST(value AS INTEGER) AS size FROM state WHERE key = 'archive-page');
    CREATE INDEX archives_waiting ON archives (feed, page) WHERE waits;
    CREATE INDEX documents_live ON documents (path, size, mtime_ns, digest) WHERE live;
    """,
    """
    ALTER TABLE entries ADD COLUMN link_key TEXT NOT NULL DEFAULT '';    -- identity.link_key of the link
    ALTER TABLE entries ADD COLUMN foreign_id TEXT NOT NULL DEFAULT '';  -- in RSS and JSON, in place of the id
    UPDATE entries SET link_key = link_key(link) WHERE link <> '';
    DROP INDEX entries_listed;        -- two items of one date may have the same title
    CREATE INDEX entries_listed ON entries (source, date, key, digest);
    DROP INDEX entries_key;
    CREATE INDEX entries_key ON entries (source, key, date);
    DROP INDEX entries_link;
    CREATE INDEX entries_link ON entries (link_key, source) WHERE link_key <> '';
    ALTER TABLE inputs ADD COLUMN rejected INTEGER NOT NULL DEFAULT 0;  -- of its items
    ALTER TABLE inputs ADD COLUMN until INTEGER NOT NULL DEFAULT 0;  -- when to read again, in seconds since 1970; or 0
    CREATE TABLE problems (           -- why they were rejected
        input INTEGER NOT NULL REFERENCES inputs (number) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        line INTEGER NOT NULL,
        code TEXT NOT NULL,
        message TEXT NOT NULL,
        PRIMARY KEY (input, number)
    ) WITHOUT ROWID;
    CREATE TABLE also (               -- other sources that list an entry too
        entry INTEGER NOT NULL REFERENCES entries (arrival),
        source TEXT NOT NULL,
        PRIMARY KEY (entry, source)
    ) WITHOUT ROWID;
    """,
    """
    ALTER TABLE entries RENAME COLUMN arrival TO serial;       -- the words of the glossary
    ALTER TABLE entries RENAME COLUMN waits TO dirty;
    ALTER TABLE entries RENAME COLUMN work TO translation_group;
    ALTER TABLE feeds RENAME COLUMN waits TO dirty;
    ALTER TABLE archives RENAME COLUMN waits TO dirty;
    ALTER TABLE members RENAME COLUMN position TO sequence;
    ALTER TABLE inputs RENAME TO source_documents;
    ALTER TABLE listings RENAME TO listed_entries;
    ALTER TABLE listed_entries RENAME COLUMN input TO document_number;
    ALTER TABLE problems RENAME COLUMN input TO document_number;
    ALTER TABLE works RENAME TO translation_keys;
    ALTER TABLE also RENAME TO also_listed;
    ALTER TABLE adopted RENAME TO reserved_ids;
    ALTER TABLE pinged RENAME TO announced;
    DROP INDEX entries_waiting;
    CREATE INDEX entries_dirty ON entries (published, serial) WHERE dirty;
    DROP INDEX archives_waiting;
    CREATE INDEX archives_dirty ON archives (feed, page) WHERE dirty;
    DELETE FROM state WHERE key IN ('settled', 'kinds', 'works');
    ALTER TABLE entries ADD COLUMN content TEXT NOT NULL DEFAULT '{}';  -- JSON: model.Content, by field name
    UPDATE entries SET
        content = content_of_columns(title, text, content_html, summary, language, stated, enclosures, translations),
        categories = categories_by_name(categories), evidence = evidence_by_name(evidence);
    ALTER TABLE entries DROP COLUMN title;
    ALTER TABLE entries DROP COLUMN text;
    ALTER TABLE entries DROP COLUMN content_html;
    ALTER TABLE entries DROP COLUMN summary;
    ALTER TABLE entries DROP COLUMN language;
    ALTER TABLE entries DROP COLUMN stated;
    ALTER TABLE entries DROP COLUMN enclosures;
    ALTER TABLE entries DROP COLUMN translations;
    ALTER TABLE entries ADD COLUMN title TEXT AS (coalesce(json_extract(content, '$.title'), ''));
    ALTER TABLE entries ADD COLUMN text TEXT AS (coalesce(json_extract(content, '$.text'), ''));
    ALTER TABLE entries ADD COLUMN language TEXT AS (coalesce(json_extract(content, '$.language'), ''));
    ALTER TABLE fragments RENAME TO fragments_by_column;
    CREATE TABLE fragments (          -- an entry as rendered in a format; one without rows is still to be rendered
        entry INTEGER NOT NULL REFERENCES entries (serial),
        format TEXT NOT NULL,         -- model.Format.name
        body BLOB NOT NULL,
        valid INTEGER NOT NULL,       -- found so, by this version and configuration
        PRIMARY KEY (entry, format)
    );
    INSERT INTO fragments SELECT entry, 'atom', atom, valid FROM fragments_by_column
        UNION ALL SELECT entry, 'json', json, valid FROM fragments_by_column
        UNION ALL SELECT entry, 'rss', rss, valid FROM fragments_by_column;
    DROP TABLE fragments_by_column;
    """,
    """
    CREATE TABLE articles (           -- pages of items that were fetched for their texts
        source TEXT NOT NULL,
        link TEXT NOT NULL,
        how TEXT NOT NULL,            -- a digest of what the source says about them
        content TEXT NOT NULL,        -- JSON, as it was read; "" where it could not be
        tried INTEGER NOT NULL,       -- seconds since 1970
        failures INTEGER NOT NULL,    -- one after the other
        PRIMARY KEY (source, link)
    ) WITHOUT ROWID;
    """,
    """
    ALTER TABLE entries ADD COLUMN correction TEXT;  -- JSON, of what people corrected; NULL for nothing
    ALTER TABLE entries ADD COLUMN stated_published INTEGER;  -- where its date was corrected
    """,
    """
    CREATE INDEX entries_on_pages ON entries (published, serial) WHERE link = '' AND withdrawn IS NULL;
    """,
    """
    ALTER TABLE fragments RENAME TO fragments_by_format;
    CREATE TABLE fragments (          -- an entry as rendered in every format; one without a row is to be rendered
        entry INTEGER PRIMARY KEY REFERENCES entries (serial),
        sizes TEXT NOT NULL,          -- bytes by model.Format.name, codec.read_sizes
        packed BLOB NOT NULL,         -- codec.pack_fragments
        valid INTEGER NOT NULL        -- found so, by this version and configuration
    );
    INSERT INTO fragments SELECT atom.entry, sizes_of_columns(atom.body, json.body, rss.body),
        packed_of_columns(atom.body, json.body, rss.body), min(atom.valid, json.valid, rss.valid)
        FROM fragments_by_format AS atom JOIN fragments_by_format AS json USING (entry)
        JOIN fragments_by_format AS rss USING (entry)
        WHERE atom.format = 'atom' AND json.format = 'json' AND rss.format = 'rss';
    DROP TABLE fragments_by_format;
    """,
)

# What a run has observed, and what it staged; lives and dies with the connection.
OBSERVED = """
    CREATE TEMP TABLE observed (
        number INTEGER PRIMARY KEY,
        entry INTEGER,                -- the stored entry that it is, NULL while none is known
        elsewhere INTEGER,            -- the entry of another source, or (negative) the observed item, that it is
        rule TEXT NOT NULL,
        source_order INTEGER NOT NULL,
        source TEXT NOT NULL,
        date TEXT NOT NULL,
        key TEXT NOT NULL,            -- identity.title_key of the title
        is_inferred INTEGER NOT NULL, -- it states no date
        guid TEXT NOT NULL,
        link_key TEXT NOT NULL,
        digest BLOB NOT NULL,         -- identity.content_digest
        text_digest BLOB NOT NULL,
        document TEXT NOT NULL,
        line INTEGER NOT NULL,
        shown TEXT NOT NULL,
        candidate BLOB,               -- where something is to be done
        UNIQUE (source, date, key, link_key, text_digest)
    );
    CREATE INDEX temp.observed_entry ON observed (entry) WHERE entry IS NOT NULL;
    CREATE INDEX temp.observed_unmatched ON observed (source, number) WHERE entry IS NULL;
    CREATE INDEX temp.observed_guid ON observed (source, guid) WHERE guid <> '';
    CREATE INDEX temp.observed_link ON observed (link_key, source) WHERE link_key <> '';
    CREATE INDEX temp.observed_waiting ON observed (date, source_order, document, line DESC)
        WHERE candidate IS NOT NULL;
    CREATE TEMP TABLE read_items (    -- which of them a document lists, as source_documents numbers it
        document_number INTEGER NOT NULL,
        first INTEGER NOT NULL,       -- to last: numbers
        last INTEGER NOT NULL
    );
    CREATE TEMP TABLE repeated (      -- and which that another document had listed before
        document_number INTEGER NOT NULL,
        number INTEGER NOT NULL
    );
    CREATE TEMP TABLE unread (        -- unchanged documents of the source being read; what they list counts
        document_number INTEGER PRIMARY KEY,
        is_part INTEGER NOT NULL      -- something was put on top of it, which was read
    );
"""
STAGED = """
    CREATE TEMP TABLE staged (        -- documents
        path TEXT PRIMARY KEY,
        digest BLOB NOT NULL,
        live INTEGER NOT NULL
    ) WITHOUT ROWID;
"""
