#pragma once

#include "calendar/base/deadline.h"
#include "milter/daemon/snapshot.h"
#include "milter/judging/judgement.h"
#include "milter/mail/engine.h"
#include "milter/mail/mail.h"

namespace milter::judging {

enum class Purpose {
    deliver,  ///< a mail waits: no calendar outside this machine is asked
    explain,  ///< a person asks: every step is taken and every fact found out, calendars elsewhere included
};

/// The whole way of a message up to the decisions; writes nothing. Throws sandbox::CellsBusy when no cell read the
/// message in time, which is for somebody here, and others when this program's own parts fail (no memory), never for
/// what a message says. Returns or throws well before the deadline: each step gets half of the time that is left, so
/// what could not be found out in time can still be deferred, and that committed.
Judgement judge(const daemon::Snapshot& snapshot, const mail::Engine& engine, const mail::Mail& mail, Purpose purpose,
                calendar::base::Deadline deadline);

}  // namespace milter::judging
