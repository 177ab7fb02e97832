"""Who reaches a resource: the other way round of what a user reaches.

Members of everything that the resource is shared with are merged by user id, and each is judged by the function that
judges in checks and lists. Nothing else is kept for it, so it is right at once, and as of one instant a page.

model         what is asked and answered
candidates    whom shares may reach, in the order of ids
judging       what one of them may do (pure)
cutting       one page of them
service       Reachers: pages of them
views         what goes over the wire
"""

from entaku.modules.sharing.reachers.model import Reacher, ReachersBounds, ReachersPage, ReachersRequest, ReachersSort
from entaku.modules.sharing.reachers.service import Reachers

__all__ = ["Reacher", "Reachers", "ReachersBounds", "ReachersPage", "ReachersRequest", "ReachersSort"]
