"""Tables that several rules query, each created on first use.

They refer to people, networks and programs by number: sorting ten million events by a number and a
time takes a third of the time and memory of sorting by two texts and a time.
"""

from __future__ import annotations

from .formats import COMMON_FORMATS
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

_STEM = r"regexp_replace(name, '\.[^./]*$', '')"


def extension_of(name: str) -> str:
    """Return the SQL expression for a name's extension: lower case, empty if there is none."""
    return rf"lower(regexp_extract({name}, '\.([^./ ]{{1,24}})$', 1))"


#: Name -> the tables that it needs, and its query. None includes events without a person. Days are
#: 24 hours long, counted from the first event, so nothing depends on midnight.
DERIVED: dict[str, tuple[tuple[str, ...], str]] = {
    # A person's days, each with its first and last event.
    "daily": (
        (),
        """
        with first_of as (select epoch_us(min(time)) as first from activity)
        select account, person, (epoch_us(time) - first_of.first) // 86400000000 as day,
               min(time) as first, max(time) as last, count(*) as events
        from activity, first_of where person is not null group by account, person, day
        """,
    ),
    # A row a person and account. Newcomers began a week after the account's first event; where the
    # log tells who was added, only those are, and guests: whose domain nobody has who was added.
    "people": (
        ("daily",),
        """
        with known as (
            select account, person, min(first) as first, max(last) as last, count(*) as days,
                   sum(events)::bigint as events
            from daily group by account, person
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
        select (row_number() over (order by account, person) - 1)::integer as who, account, person,
               first, last, days, events, tells, first > begun + interval 7 days as late,
               not coalesce(list_contains(homes, split_part(person, '@', 2)), false) as guest,
               late and (not tells or added.person is not null or guest) as newcomer,
               late and tells and added.person is null and not guest as unannounced
        from known join accounts using (account) left join added using (account, person)
        cross join home
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
        ("people", "places", "clients"),
        """
        select activity.rowid as number, who, epoch_us(time) as time, kind, place, tool,
               hash(coalesce(object_id, event_id, activity.rowid::varchar)) as object, folder,
               coalesce(owner <> person, false) as foreign_, coalesce(syncs, false) as syncs
        from activity join people using (account, person)
        left join places using (network) left join clients using (program)
        order by who, epoch_us(time)
        """,
    ),
    # When somebody first touched each file, to tell which files are new to a person.
    "touches": (
        ("coded",),
        "select who, object, min(time) as first from coded group by who, object",
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
        (),
        f"""
        with deleted as (
            select rowid as number, account, person, epoch_us(time) as time, name, {_STEM} as stem
            from activity where kind = 'delete' and name is not null and person is not null
        ), hours as (
            select distinct account, person, time // 3600000000 + step as hour
            from deleted, (select unnest([-1, 0, 1]) as step)
        ), added as (
            select distinct account, person, epoch_us(time) as time,
                   epoch_us(time) // 3600000000 as hour, name, {_STEM} as stem,
                   {extension_of("name")} in {listed(tuple(sorted(COMMON_FORMATS)))} as common
            from activity semi join hours on hours.account = activity.account
                and hours.person = activity.person
                and hours.hour = epoch_us(activity.time) // 3600000000
            where kind in ('add', 'copy') and name is not null
        ), near as (
            select *, time // 3600000000 + step as hour
            from deleted, (select unnest([-1, 0, 1]) as step)
        )
        select number, bool_and(common) as common
        from near as deleted join added using (account, person, hour)
        where (added.stem = deleted.name
               or added.stem = deleted.stem and added.name <> deleted.name)
            and added.stem <> '' and abs(added.time - deleted.time) <= 3600000000
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
    # Reads, and whether the file was new: not touched by the person more than a day before, except
    # in the first days, when everything is new.
    "reads": (
        ("touches",),
        f"""
        with begun as (select who, min(time) as begun from coded group by who)
        select number, kind,
               first >= time - 86400000000 and time > begun + {_LEARNING} as new
        from coded join touches using (who, object) join begun using (who)
        where kind in {listed(READS)}
        """,
    ),
    # Reads in a folder where the person did nothing until a day before, except in the first days,
    # when every folder is new.
    "strange_folders": (
        ("coded",),
        f"""
        with known as (
            select who, folder, min(time) as first from coded where folder is not null
            group by who, folder
        ), begun as (select who, min(time) as begun from coded group by who)
        select number, kind from coded join known using (who, folder) join begun using (who)
        where kind in {listed(READS)} and first >= time - 86400000000
            and time > begun + {_LEARNING}
        """,
    ),
    # Reads amid work: something was added or changed from the same network in the same or an
    # adjacent half hour.
    "amid_work": (
        ("coded",),
        f"""
        with work as (
            select distinct who, place, half + step as half
            from (
                select distinct who, place, time // 1800000000 as half from coded
                where kind in ('add', 'update') and not syncs
            ), (select unnest([-1, 0, 1]) as step)
        )
        select number from (
            select number, who, place, time // 1800000000 as half from coded
            where kind in {listed(READS)}
        ) as reading semi join work on work.who = reading.who and work.half = reading.half
            and work.place is not distinct from reading.place
        """,
    ),
    # Reads in folders where the person adds and changes nothing in the whole history.
    "unchanging": (
        ("coded",),
        f"""
        select number from coded anti join (
            select distinct who, folder from coded
            where kind in ('add', 'update') and folder is not null
        ) as changed using (who, folder)
        where kind in {listed(READS)} and folder is not null
        """,
    ),
    # The days on which people are active in each folder, and on how many others, not counting the
    # day itself and those next to it.
    "folder_days": (
        ("coded",),
        """
        with days as (
            select distinct who, folder, time // 86400000000 as day from coded
            where folder is not null
        )
        select who, folder, day, count(*) over (partition by who, folder)
               - count(*) over (partition by who, folder order by day
                                range between 1 preceding and 1 following) as others
        from days
        """,
    ),
    # Reads in folders where the person is also active on several other days: these folders are part
    # of their work.
    "familiar": (
        ("folder_days",),
        f"""
        select number from (
            select number, who, folder, time // 86400000000 as day from coded
            where kind in {listed(READS)}
        ) as reading semi join (select * from folder_days where others >= {_KNOWN_DAYS}) as known
            using (who, folder, day)
        """,
    ),
    # Each event's time and that of the person's previous event; ties are in any order.
    "steps": (
        ("coded",),
        f"""
        select who, time, lag(time) over (partition by who order by time) as before
        from (select who, make_timestamptz(time) as time from coded where {ACTIVE})
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
