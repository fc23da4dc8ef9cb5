from __future__ import annotations
import numpy as np
import pandas as pd
from .activity import open_activity
from .grading import causes_of, thresholds
from .rules import RULES

def causes(activity, rules=None):
    import time
    out=[]
    for r in (rules or RULES.values()):
        t=time.time()
        out += list(r.candidates(activity))
        activity.timing = getattr(activity,'timing',{}); activity.timing[r.name]=time.time()-t
    return causes_of(out)

def find_proto(frame, until=None, rules=None):
    with open_activity(frame, until=until) as a:
        cs = causes(a, rules)
        ids = a.columns("select event_id from activity order by rowid")["event_id"]
        rows=[]
        for c in cs:
            if c.worth < 2: continue
            nums=np.unique(np.concatenate([p.numbers for p in c.parts]))
            rows.append(dict(rule=c.parts[0].rule.name, rules=[(p.rule.name, round(p.decades,1)) for p in c.parts], worth=c.worth, person=c.parts[0].person, start=pd.Timestamp(c.start,unit='us',tz='UTC'), end=pd.Timestamp(c.end,unit='us',tz='UTC'), evidence=set(ids[nums]), others=max(p.others for p in c.parts)))
        f=pd.DataFrame(rows, columns=["rule","rules","worth","person","start","end","evidence","others"])
        f.attrs.update(people=len(a.people), weeks=a.blocks/7, timing=a.timing)
        return f
