"""What the columns of a table are called, and the item that a row is. Shared by all kinds of tables: text, JSON,
spreadsheets.

A column is a name of the first row, in JSON a path of keys. Without a map, columns are taken by their usual names, in
the six languages of the UN, German, Italian and Portuguese.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from feeds.content import markup
from feeds.model import Author, Content, Enclosure, RawItem, SourceError
from feeds.sources.context import Context

_TEXT = """text body content texto cuerpo contenido texte corps contenu inhalt corpo conteudo testo fulltext текст
    содержание 正文 内容 全文 نص النص المحتوى"""
_SUMMARY = """description summary abstract excerpt teaser lead descripcion resumen extracto resume chapo chapeau resumo
    sommario riassunto zusammenfassung anriss описание аннотация 摘要 简介 ملخص الملخص"""
# Field -> what its column is called: the first that is there, then the first name that begins or ends so.
_USUAL = {
    field: tuple(names.split())
    for field, names in {
        "date": """date published date_published pubdate published_at created fecha datum data publicado дата 日期
            发布日期 发布时间 时间 تاريخ التاريخ""",
        "title": """title headline heading name subject titulo titular asunto titre intitule objet titel
            uberschrift
            betreff titolo oggetto manchete assunto заголовок название 标题 题目 عنوان العنوان""",
        # The whole text before what may be a summary of it, which is the text where there is no other.
        "text": f"{_TEXT} {_SUMMARY}",
        "summary": _SUMMARY,
        "html": "html content_html body_html body-html",
        "link": """link url href permalink enlace lien vinculo collegamento address url_alias ссылка адрес 链接
            网址 رابط الرابط""",
        "id": "id guid uuid nid identifier",
        "language": "language lang langcode idioma langue sprache lingua язык 语言 لغة اللغة",
        "categories": """categories category tags tag topics topic themes theme keywords countries country regions
            region categorias categoria etiquetas etiqueta temas tema paises pais palabras_clave categorie mots_cles
            pays thematique kategorien kategorie schlagworte themen thema lander land rubrik категории категория рубрика
            тема страны страна регион теги 类别 分类 标签 国家 主题 地区 فئة الفئة تصنيف التصنيف موضوع الموضوع
            دولة الدولة بلد البلد""",
        "image": """image picture photo thumbnail imagen foto bild immagine imagem изображение фото 图片 صورة
            الصورة""",
        "image_text": "image_alt alt_text image_text image_description image_caption caption alt",
        "image_credit": "image_credit photo_credit credit credits photographer copyright",
        "enclosure": """enclosure file attachment document archivo adjunto fichier piece_jointe datei anhang allegato
            anexo файл 附件 ملف مرفق""",
        "author": """author authors creator byline autor autores auteur auteurs autore autori verfasser автор 作者
            كاتب الكاتب المؤلف""",
        "updated": """updated modified changed date_modified updated_at modified_at metadata_modified fecha_modificacion
            actualizado mise_a_jour aktualisiert geandert""",
        "latitude": "latitude lat latitud широта 纬度",
        "longitude": "longitude lon lng long longitud долгота 经度",
        "translations": "translations translation_of",
    }.items()
}
_SEVERAL = ("categories",)  # fields that all columns of a usual name are part of
_ALONE = ("id", "image_text", "latitude", "longitude", "summary", "html")  # fields whose columns are called just so
# Words that make a name of a date or a title one of something else.
_OTHERWISE = frozenset(
    """updated update modified modification changed change last end expiry expires expiration deadline due closing event
    birth valid start actualizacion modificacion cierre fin vencimiento evento inicio modifie modif mise jour cloture
    echeance debut ende ablauf anderung aktualisierung beginn sub short alternative alt seo meta job file untertitel
    изменения обновления окончания начала 更新 修改 截止 إنتهاء تحديث تعديل""".split()
)
_COMPOUND = ("datum", "titel", "日期", "标题")  # words that others are put in front of without a space
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WORD_ENDS = re.compile(r"[\s_./:()\[\]-]+")
_LIST = re.compile(r"[|;]")


def _folded(name: str) -> str:
    """A name as words in lower case without accents: "Intitulé", "pubDate" and "url_alias" are words like others."""
    plain = unicodedata.normalize("NFKD", _CAMEL.sub(" ", name.strip())).casefold()
    words = _WORD_ENDS.sub(" ", "".join(character for character in plain if not unicodedata.combining(character)))
    return words.strip().replace("pub date", "pubdate")


_FOLDED = {field: tuple(map(_folded, words)) for field, words in _USUAL.items()}


class Layout(NamedTuple):
    """Which columns of a table are which fields.

    Attributes:
        columns: field -> its columns, of which the first with a value counts; all, of categories.
        unused: columns that are no field.
    """

    columns: Mapping[str, tuple[str, ...]]
    unused: tuple[str, ...]

    @property
    def missing(self) -> str:
        """The field without which rows are no items, "" where both are there."""
        return next((field for field in ("date", "title") if field not in self.columns), "")


def find_layout(names: Sequence[str], stated: Mapping[str, str], called: Mapping[str, str] | None = None) -> Layout:
    """Return which columns are which fields: as it is stated, else by their usual names.

    Args:
        stated: field -> column; each is one of the names.
        called: column -> what it is to be taken for by its name, where that is not the column itself.
    """
    columns: dict[str, tuple[str, ...]] = {field: (name,) for field, name in stated.items()}
    taken = set(stated.values())
    free = [name for name in names if name.strip() and name not in taken]
    folded = {name: _folded((called or {}).get(name, name)) for name in free}
    by_name: dict[str, list[str]] = {}
    for name in free:
        by_name.setdefault(folded[name], []).append(name)
    for is_like in (_is_the_word, _begins_so, _ends_so):
        used = {name for found in columns.values() for name in found}
        left = {word: found for word, found in by_name.items() if is_like is _is_the_word or used.isdisjoint(found)}
        for field, words in _FOLDED.items():
            if field not in columns and (found := _columns_like(field, words, left, is_like)):
                columns[field] = tuple(found)
    if columns.get("summary") in (columns.get("text"), columns.get("html")):
        columns.pop("summary", None)
    used = {name for found in columns.values() for name in found}
    return Layout(columns, tuple(name for name in names if name.strip() and name not in used))


def _columns_like(
    field: str, words: tuple[str, ...], by_name: Mapping[str, list[str]], is_like: Callable[[str, str], bool]
) -> list[str]:
    """The columns of a field whose names are like the first word that some are like; of categories those of all words.

    One column may be text and summary, by the word that it is; what it is by a part of its name is one thing.
    """
    if field in _ALONE and is_like is not _is_the_word:
        return []
    found = (column for word in words for name, columns in by_name.items() if is_like(name, word) for column in columns)
    if field in _SEVERAL:
        return list(dict.fromkeys(found))
    first = next(found, "")
    return [first] if first else []


def _is_the_word(name: str, word: str) -> bool:
    return name == word


def _begins_so(name: str, word: str) -> bool:
    return name.startswith(word + " ") and _OTHERWISE.isdisjoint(name.split())


def _ends_so(name: str, word: str) -> bool:
    ends = name.endswith(" " + word) or (word in _COMPOUND and name.endswith(word) and not name.startswith("unter"))
    return ends and _OTHERWISE.isdisjoint(name.split())


def check_stated(names: Iterable[str], context: Context, line: int = 1) -> None:
    """Refuse a table that has not the columns that its source states.

    Raises:
        SourceError: one is not there.
    """
    names = list(names)
    for field, name in context.source.columns:
        if name not in names:
            message = f"has no column '{name}' for {field}; its columns are {shown(names)}"
            raise SourceError("no-column", message, line)


def missing_column(field: str, names: Sequence[str], line: int = 1) -> SourceError:
    """Return the error of a table in which no column is surely a field."""
    remedy = f"name it: columns = {{ {field} = '…' }}; its columns are {shown(names)}"
    return SourceError("no-column", f"has no column that is surely the {field}; {remedy}", line)


def shown(names: Sequence[str]) -> str:
    """Return names for a message."""
    return ", ".join(f"'{name}'" for name in names[:20] if name) or "none"


# --- rows -------------------------------------------------------------------------------------------------------------

Cells = Mapping[str, Any]  # field -> a text, or a list of texts, of Author or of Enclosure


def make_item(cells: Cells, line: int, context: Context) -> RawItem:
    """Return the item that a row is.

    Args:
        cells: what the columns of each field hold; a text of several values has bars or semicolons between them.
        line: where it stands, or which of the rows it is.
    """
    text, html = _text(cells, "text"), _text(cells, "html")
    is_html = "</" in text or "<br" in text or "<p>" in text
    content = Content(
        title=" ".join(markup.html_paragraphs(_text(cells, "title"))),
        text="" if is_html else "\n\n".join(part for part in text.split("\n") if part.strip()),
        html=html or (text if is_html else ""),
        language=_text(cells, "language"),
        categories=tuple(dict.fromkeys(_texts(cells, "categories"))),
        enclosures=tuple(_enclosures(cells)),
        stated_summary=_text(cells, "summary") if text or html else "",
        authors=tuple(_authors(cells)),
        alternates=tuple(re.split(r"[\s|]+", _text(cells, "translations"))),
        point=_text(cells, "point") or " ".join((_text(cells, "latitude"), _text(cells, "longitude"))).strip(),
        modified=_text(cells, "updated"),
    )
    return RawItem(
        origin=context.origin_at(line),
        date=_text(cells, "date"),
        content=content,
        link=_text(cells, "link"),
        guid=_text(cells, "id"),
    )


def _text(cells: Cells, field: str) -> str:
    value = cells.get(field, "")
    if isinstance(value, str):
        return value if field in ("text", "html", "summary", "title") else value.strip()
    return next((part for part in value if isinstance(part, str) and part.strip()), "")


def _texts(cells: Cells, field: str) -> Iterator[str]:
    """Yield the values of a field of several."""
    value = cells.get(field, "")
    for part in [value] if isinstance(value, str) else value:
        if isinstance(part, str):
            yield from filter(None, (word.strip() for word in _LIST.split(part)))


def _authors(cells: Cells) -> Iterator[Author]:
    value = cells.get("author", "")
    if isinstance(value, str):
        yield from map(Author, _texts(cells, "author"))
        return
    for author in value:
        yield author if isinstance(author, Author) else Author(str(author))


def _enclosures(cells: Cells) -> Iterator[Enclosure]:
    """Yield the picture of a row, and its files."""
    if image := _text(cells, "image"):
        yield Enclosure(
            image,
            "",
            0,
            is_picture=True,
            description=_text(cells, "image_text"),
            credit=_text(cells, "image_credit"),
        )
    value = cells.get("enclosure", "")
    for part in [value.strip()] if isinstance(value, str) else value:
        if isinstance(part, Enclosure):
            yield part
        elif part:
            yield Enclosure(str(part), "", 0)
