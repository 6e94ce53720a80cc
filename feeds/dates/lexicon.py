"""The words of date lines, by language, in lower case; "|" separates alternatives."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

# January to December, then Monday to Sunday.
_NAMES = {
    "en": (
        "january|jan february|feb march|mar april|apr may june|jun july|jul august|aug september|sept|sep "
        "october|oct november|nov december|dec",
        "monday|mon tuesday|tues|tue wednesday|wed thursday|thurs|thur|thu friday|fri saturday|sat sunday|sun",
    ),
    "es": (
        "enero|ene febrero|feb marzo|mar abril|abr mayo|may junio|jun julio|jul agosto|ago "
        "septiembre|setiembre|sept|sep octubre|oct noviembre|nov diciembre|dic",
        "lunes|lun martes|mar miércoles|miercoles|mié|mie jueves|jue viernes|vie sábado|sabado|sáb|sab domingo|dom",
    ),
    "fr": (
        "janvier|janv|jan février|fevrier|févr|fevr|fév|fev mars avril|avr mai juin juillet|juil août|aout "
        "septembre|sept|sep octobre|oct novembre|nov décembre|decembre|déc|dec",
        "lundi|lun mardi|mar mercredi|mer jeudi|jeu vendredi|ven samedi|sam dimanche|dim",
    ),
    "pt": (
        "janeiro|jan fevereiro|fev março|marco|mar abril|abr maio|mai junho|jun julho|jul agosto|ago setembro|set "
        "outubro|out novembro|nov dezembro|dez",
        "segunda-feira|segunda|seg terça-feira|terca-feira|terça|ter quarta-feira|quarta|qua quinta-feira|quinta|qui "
        "sexta-feira|sexta|sex sábado|sabado|sáb|sab domingo|dom",
    ),
    "de": (
        "januar|jänner|jaenner|jan|jän februar|feber|feb märz|maerz|mär|mrz april|apr mai juni|jun juli|jul august|aug "
        "september|sept|sep oktober|okt november|nov dezember|dez",
        "montag|mo dienstag|di mittwoch|mi donnerstag|do freitag|fr samstag|sonnabend|sa sonntag|so",
    ),
    "it": (
        "gennaio|gen|genn febbraio|feb|febbr marzo|mar aprile|apr maggio|mag giugno|giu luglio|lug agosto|ago "
        "settembre|set|sett ottobre|ott novembre|nov dicembre|dic",
        "lunedì|lunedi|lun martedì|martedi|mar mercoledì|mercoledi|mer giovedì|giovedi|gio venerdì|venerdi|ven "
        "sabato|sab domenica|dom",
    ),
}


def _table(words: str) -> dict[str, int]:
    return {name: number for number, names in enumerate(words.split(), 1) for name in names.split("|")}


MONTHS = {language: _table(names[0]) for language, names in _NAMES.items()}
WEEKDAYS = {language: _table(names[1]) for language, names in _NAMES.items()}


class Names(NamedTuple):
    """What a language calls months and weekdays, in lower case, and its patterns of dates (UTS 35, "Date Format
    Patterns") that are not those of all languages.
    """

    months: dict[str, int]
    weekdays: dict[str, int]
    patterns: tuple[str, ...] = ()


@lru_cache(maxsize=64)
def names_of(language: str) -> Names | None:
    """Return the names of a language, None where it is not known: ours, and those of the CLDR."""
    own = Names(MONTHS[language], WEEKDAYS[language]) if language in MONTHS else None
    derived = _of_line(_derived()[language]) if language in _derived() else None
    if own is None or derived is None:
        return own or derived
    return Names({**derived.months, **own.months}, {**derived.weekdays, **own.weekdays}, derived.patterns)


@lru_cache(maxsize=1)
def _derived() -> dict[str, str]:
    """The lines of every language, derived from the CLDR (derive); a run needs some fifteen of three hundred."""
    lines = (Path(__file__).parent / "data/names.tsv").read_text(encoding="utf-8").splitlines()
    return {line.partition("\t")[0]: line for line in lines}


def _of_line(line: str) -> Names:
    _, months, weekdays, patterns = line.split("\t")
    return Names(_of_data(months), _of_data(weekdays), tuple(filter(None, patterns.split("|"))))


def _of_data(words: str) -> dict[str, int]:
    return {name.replace("_", " "): number for name, number in _table(words).items()}


# Languages that are tried where those of a source read nothing, by how often they decided on real pages.
OTHERS = ("es", "fr", "de", "pt", "it", "ru", "ar", "zh", "nl", "pl", "uk", "tr", "id", "ja", "ko")

# What may stand before a date and says only that it is one; of any language, since pages mix them.
LABELS = (
    "on|(?:first )?published(?: on)?|publish(?:ed)? date|publication date|posted(?: on)?"
    "|date(?: published| of publication| publish| posted)?|dated"
    "|(?:last )?(?:updated|modified|reviewed)(?: on)?|updated on|last update|as of|as at|written"
    "|created(?: on)?|issued(?: on)?|released(?: on)?|release date|for immediate release|press release|media release"
    "|embargo(?:ed)?(?: until| to)?|not for release before"
    "|publicad[oa](?: el| em)?|fecha(?: de publicación)?|última actualización|actualizad[oa](?: el)?|el"
    "|publiée? le|date de publication|mise? à jour(?: le)?|modifiée? le|le"
    "|data(?: de publicação| di pubblicazione)?|atualizado(?: em)?|em"
    "|veröffentlicht(?: am)?|veröffentlichung|datum|stand(?: vom)?|zuletzt aktualisiert(?: am)?|aktualisiert(?: am)?"
    "|erstellt(?: am)?|am|vom|den"
    "|pubblicat[oa](?: il)?|aggiornat[oa](?: il| al)?|ultimo aggiornamento|il|del"
)

# Those that name the day on which something was published, and not one on which it was changed or takes place.
PUBLISHED = (
    "published(?: on| at)?|publish(?:ed)? date|publication date|publishe?d?|posted(?: on)?|date (?:published|posted)"
    "|release date|released(?: on)?|issued(?: on)?|publicad[oa](?: el| em)?|fecha de publicación|publiée? le|publiée?"
    "|date de publication|data de publicação|data di pubblicazione|pubblicat[oa](?: il)?|veröffentlicht(?: am)?"
    "|erschienen(?: am)?|опубликовано|дата публикации|发布(?:时间|日期)?|نشر(?: في)?|تاريخ النشر"
)

# The words that bring who wrote it: at the start of a line before a bar, or after the date.
BY = "by|par|por|von|di|da|de la part de"

# Small words inside the names of places.
CONNECTORS = frozenset(
    "au aux de del la las los el of the da do dos das du des le les a à in im am an der den di e y et und".split()
)

# What makes capitalised words a title and no place.
NOT_PLACES = frozenset(
    "report reports update updates bulletin newsletter statement press release meeting minutes issue no nr number vol "
    "volume issued briefing brief note notes summary day week month year edition round phase plan conference forum "
    "session agenda resolution speech remarks results election elections since until from before after between "
    "informe boletín comunicado reunión acta día semana rapport bulletin communiqué réunion journée bericht mitteilung "
    "sitzung tag relatório comunicado reunião rapporto comunicato giornata".split()
)

# Days before a day: one word for each.
DAYS_AGO = {
    "en": {"today": 0, "yesterday": 1},
    "es": {"hoy": 0, "ayer": 1, "anteayer": 2},
    "fr": {"aujourd'hui": 0, "aujourd’hui": 0, "hier": 1, "avant-hier": 2},
    "pt": {"hoje": 0, "ontem": 1, "anteontem": 2},
    "de": {"heute": 0, "gestern": 1, "vorgestern": 2},
    "it": {"oggi": 0, "ieri": 1, "l'altro ieri": 2},
}

# "3 weeks ago": what comes before and after, then minutes, hours, days, weeks, months, years.
AGO = {
    "en": ("", "ago", "minutes?|mins? hours?|hrs? days? weeks? months? years?"),
    "es": ("hace", "", "minutos? horas? días?|dias? semanas? mes(?:es)? años?"),
    "fr": ("il y a", "", "minutes?|min heures? jours? semaines? mois ans?|années?"),
    "pt": ("há", "", "minutos? horas? dias? semanas? m(?:ê|e)s(?:es)? anos?"),
    "de": ("vor", "", "minuten?|min stunden?|std tage?n? wochen? monate?n? jahre?n?"),
    "it": ("", "fa", "minut[oi] or[ae] giorn[oi] settiman[ae] mes[ei] ann[oi]"),
}
UNITS = ("minutes", "hours", "days", "weeks", "months", "years")
ONE = "an?|one|una?|un|une|uma?|eine[mr]?|un'"
