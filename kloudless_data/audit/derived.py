"""Tables that several rules query, each created on first use.

They refer to people, networks and programs by number: sorting ten million events by a number and a
time takes a third of the time and memory of sorting by two texts and a time.
"""

from __future__ import annotations

from .formats import is_ordinary
from .kinds import ACTIVE, DELETIONS, PURGES, READS, listed

__all__ = ["DERIVED", "extension_of"]

_GONE = listed(DELETIONS + PURGES)
#: Programs that keep files on a device; a new device fetches all of them.
_SYNCS = (
    "sync|drivefs|box ?drive|drive ?for ?desktop|dropbox ?desktop|onedrive"
    "|box ?desktop|file ?stream"
)
_LEARNING = 10 * 86_400_000_000
#: The number of other days with activity in a folder that make it a known one.
_KNOWN_DAYS = 2

#: A half hour's place in its day (0 to 47), and that day, also before 1970.
_SLOT = "((half % 48 + 48) % 48)"
_DAY_OF_HALF = f"((half - {_SLOT}) // 48)"

_STEM = r"regexp_replace(name, '\.[^./]*$', '')"


def extension_of(name: str) -> str:
    """Return the SQL expression for a name's extension: lower case, empty if there is none."""
    return rf"lower(regexp_extract({name}, '\.([^./ ]{{1,24}})$', 1))"


#: Name -> the tables that it needs, and its query. None includes events without a person. Days are
#: 24 hours long, counted from the first event, so nothing depends on midnight.
DERIVED: dict[str, tuple[tuple[str, ...], str]] = {
    # A number for each person and account.
    "persons": (
        (),
        """
        select (row_number() over (order by account, person) - 1)::integer as who, account, person
        from (select distinct account, person from activity where person is not null)
        """,
    ),
    # A person's days, each with its first and last event, and the first and last that shows the
    # person active; times in microseconds since 1970.
    "daily": (
        ("coded",),
        f"""
        with first_of as (select epoch_us(min(time)) as first from activity)
        select who, (time - first_of.first) // 86400000000 as day, min(time) as first,
               max(time) as last, min(time) filter (where {ACTIVE}) as active_first,
               max(time) filter (where {ACTIVE}) as active_last, count(*) as events
        from coded, first_of group by who, day
        """,
    ),
    # A row a person and account. Newcomers began a week after the account's first event; where the
    # log tells who was added, only those are, and guests: whose domain nobody has who was added.
    # First, last and days are of activity; of people who only ever failed to log in, of that.
    "people": (
        ("persons", "daily"),
        """
        with known as (
            select who, make_timestamptz(coalesce(min(active_first), min(first))) as first,
                   make_timestamptz(coalesce(max(active_last), max(last))) as last,
                   count(active_first) as days, sum(events)::bigint as events
            from daily group by who
        ), accounts as (
            select account, min(time) as begun,
                   count(*) filter (where kind = 'user_add') > 0 as tells
            from activity group by account
        ), added as (
            select distinct account, unnest([target, name]) as person from activity
            where kind in ('user_add', 'user_activate')
        ), home as (
            select list(distinct split_part(person, '@', 2)) as homes from added
        )
        select who, account, person,
               first, last, days, events, tells, first > begun + interval 7 days as late,
               not coalesce(list_contains(homes, split_part(person, '@', 2)), false) as guest,
               late and (not tells or added.person is not null or guest) as newcomer,
               late and tells and added.person is null and not guest as unannounced
        from persons join known using (who) join accounts using (account)
        left join added using (account, person) cross join home
        """,
    ),
    "places": (
        (),
        """
        select (row_number() over (order by network) - 1)::integer as place, network, pool
        from (select distinct network, pool from activity where network is not null)
        """,
    ),
    "clients": (
        (),
        f"""
        select (row_number() over (order by program) - 1)::integer as tool, program,
               regexp_matches(lower(program), '{_SYNCS}') as syncs
        from (select distinct program from activity where program is not null)
        """,
    ),
    # The events of people, as numbers. ``number`` is the event's row in ``activity``.
    "coded": (
        ("persons", "places", "clients"),
        """
        select activity.rowid as number, who, epoch_us(time) as time, kind::kind as kind, place,
               tool,
               hash(coalesce(object_id, event_id, activity.rowid::varchar)) as object, folder,
               coalesce(owner <> person, false) as foreign_, coalesce(syncs, false) as syncs
        from activity join persons using (account, person)
        left join places using (network) left join clients using (program)
        order by who, epoch_us(time)
        """,
    ),
    # Deletions of files that the same person had read within the preceding 24 hours.
    "read_then_deleted": (
        ("coded",),
        f"""
        with deleted as (select who, object, time, number from coded where kind in {_GONE}),
        read as (
            select who, object, time from coded
            where kind in {listed(READS)} and who in (select who from deleted)
        )
        select distinct number from deleted join read using (who, object)
        where read.time < deleted.time and deleted.time - read.time <= 86400000000
        """,
    ),
    # Deletions of files that the same person replaced by others within an hour: `a.docx` by
    # `a.docx.x` or by `a.x`; common means a conversion to a format in common use.
    "replaced": (
        ("coded",),
        f"""
        with deleted as (
            select number, who, time, hash(name) as name, hash({_STEM}) as stem
            from (select number, who, time from coded where kind = 'delete')
            join (select rowid as number, name from activity where kind = 'delete') using (number)
            where name is not null
        ), near as (
            select *, time // 3600000000 + step as hour
            from deleted, (select unnest([-1, 0, 1]) as step)
        ), added as (
            select who, time, hour, hash(name) as name, hash({_STEM}) as stem,
                   {is_ordinary(extension_of("name"))} as common
            from (select *, time // 3600000000 as hour from coded where kind in ('add', 'copy'))
            semi join (select who, hour from near) as near using (who, hour)
            join (select rowid as number, name from activity where kind in ('add', 'copy'))
                using (number)
            where {_STEM} <> ''
        ), pairs as (
            select near.number, added.common, added.time - near.time as later
            from near join added on added.who = near.who and added.hour = near.hour
                and added.stem = near.name
            union all
            select near.number, added.common, added.time - near.time
            from near join added on added.who = near.who and added.hour = near.hour
                and added.stem = near.stem and added.name <> near.name
        )
        select number, bool_and(common) as common from pairs where abs(later) <= 3600000000
        group by number
        """,
    ),
    # The first changes, on one day each, of files that the person changed on no other day.
    "changed_once": (
        ("coded",),
        """
        select arg_min(number, row(time, number)) as number from coded
        where kind = 'update'
        group by who, object having max(time) - min(time) < 86400000000
        """,
    ),
    # Deletions of files whose last event, more than a day before, was a deletion, too: they lay in
    # the recycle bin, and nobody misses them.
    "deleted_again": (
        ("coded",),
        f"""
        with again as (
            select object from coded where kind in {_GONE} group by object having count(*) > 1
        ), known as (
            select number, kind, time, lag(kind) over earlier as last,
                   lag(time) over earlier as before
            from coded semi join again using (object)
            window earlier as (partition by object order by time, number)
        )
        select number from known where kind in {listed(DELETIONS)} and last in {listed(DELETIONS)}
            and time - before > 86400000000
        """,
    ),
    # Deletions that the same person undid within three days.
    "undone": (
        ("coded",),
        f"""
        with restored as (select who, object, time from coded where kind = 'restore')
        select distinct number from coded join restored using (who, object)
        where kind in {_GONE} and restored.time >= coded.time
            and restored.time - coded.time <= 3 * 86400000000
        """,
    ),
    # The days on which people use each network and each program, with the first and last event; a
    # failed log-in is no use.
    "uses": (
        ("coded",),
        f"""
        with first_of as (select epoch_us(min(time)) as first from activity)
        select who, place, tool, (time - first_of.first) // 86400000000 as day,
               min(time) as first, max(time) as last
        from coded, first_of where {ACTIVE} group by who, place, tool, day
        """,
    ),
    # When people first used a network of each provider's neighbourhood.
    "pools": (
        ("uses", "places"),
        """
        select who, pool, min(first) as first
        from (select who, place, min(first) as first from uses group by who, place)
        join places using (place) group by who, pool
        """,
    ),
    # The half hours in which people add or change files from each network (-1: unknown), and how
    # many; without what programs sync.
    "editing": (
        ("coded",),
        """
        select who, coalesce(place, -1) as place, time // 1800000000 as half, count(*) as edits
        from coded where kind in ('add', 'update') and not syncs group by all
        """,
    ),
    # The same by day: the half hours in which, or next to which, somebody edits. Bit 1 is the day's
    # first half hour; bits 0 and 49 are of the days before and after. So one row answers for
    # three half hours.
    "editing_days": (
        ("editing",),
        f"""
        select who, place, day, bit_or(1::ubigint << bit) as halves
        from (
            select who, place, {_DAY_OF_HALF} as day, {_SLOT} + 1 as bit from editing
            union all
            select who, place, {_DAY_OF_HALF} - 1, 49 from editing where {_SLOT} = 0
            union all
            select who, place, {_DAY_OF_HALF} + 1, 0 from editing where {_SLOT} = 47
        ) group by all
        """,
    ),
    # The days on which people are active in each folder, with the first event, and the first and
    # last that adds or changes something.
    "folder_days": (
        ("coded",),
        """
        select who, folder, time // 86400000000 as day, min(time) as first,
               min(time) filter (where kind in ('add', 'update')) as first_change,
               max(time) filter (where kind in ('add', 'update')) as last_change
        from coded where folder is not null group by all
        """,
    ),
    # People's folders: the same in the whole history, and their number of days.
    "folders": (
        ("folder_days",),
        """
        select who, folder, min(first) as first, min(first_change) as first_change,
               max(last_change) as last_change, count(*) as days
        from folder_days group by who, folder
        """,
    ),
    # The days on which a folder is a known one: the person is active in it on several other days,
    # not counting those next to it, which are part of their work. Only few folders have so few days
    # that these must be looked at.
    "known_folders": (
        ("folder_days", "folders"),
        f"""
        select who, folder, day from folder_days join folders using (who, folder)
        where days >= {_KNOWN_DAYS} + 3
        union all
        select who, folder, day
        from (select * from folder_days semi join (
            select * from folders where days between {_KNOWN_DAYS} + 1 and {_KNOWN_DAYS} + 2
        ) as few using (who, folder))
        qualify count(*) over (partition by who, folder)
            - count(*) over (partition by who, folder order by day
                             range between 1 preceding and 1 following) >= {_KNOWN_DAYS}
        """,
    ),
    # Reads, and for each:
    # - new_file: the person touched the file not more than a day before for the first time, except
    #   in the first days, when everything is new; new_folder is the same of the folder
    # - amid_work: something was added or changed from the same network in the same or an adjacent
    #   half hour
    # - familiar: in a known folder, see above
    # - unchanging: in a folder in which the person adds and changes nothing in the whole history
    "reads": (
        ("daily", "folders", "known_folders", "editing_days"),
        f"""
        with touched as (
            select who, object, min(time) as first from coded group by who, object
        ), begun as (
            select who, min(active_first) + {_LEARNING} as learnt from daily group by who
        ), reading as (
            select *, coalesce(place, -1) as spot, time // 86400000000 as day,
                   time // 1800000000 as half, {_SLOT}::ubigint as slot
            from coded where kind in {listed(READS)}
        )
        select number, reading.who, time, kind, reading.folder, foreign_, syncs,
               touched.first >= time - 86400000000 and time > learnt as new_file,
               coalesce(folders.first >= time - 86400000000, false) and time > learnt
                   as new_folder,
               coalesce((halves >> slot) & 7 <> 0, false) as amid_work,
               known_folders.day is not null as familiar,
               folders.who is not null and folders.first_change is null as unchanging
        from reading join begun using (who) join touched using (who, object)
        left join folders on folders.who = reading.who and folders.folder = reading.folder
        left join known_folders on known_folders.who = reading.who
            and known_folders.folder = reading.folder and known_folders.day = reading.day
        left join editing_days as editing on editing.who = reading.who and editing.place = spot
            and editing.day = {_DAY_OF_HALF}
        """,
    ),
    # The hours since 1970 with events of each person, and how many show the person active.
    "hourly": (
        ("coded",),
        f"""
        select who, time // 3600000000 as hour, count(*) filter (where {ACTIVE}) as active
        from coded group by all
        """,
    ),
}
