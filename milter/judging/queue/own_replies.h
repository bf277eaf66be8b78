#pragma once

#include <vector>

#include "calendar/delivery/job.h"
#include "calendar/delivery/queue.h"
#include "milter/judging/judge.h"

/// What our own users reply to invitations with any mail program: their own copy takes it, and for what is held it is
/// their consent, or the opposite.
namespace milter::judging {

struct OwnReply {
    calendar::delivery::Job job;  ///< brings it into their own copy
    calendar::delivery::AuditRow audit;
    enum class Kind {
        accepts,   ///< also tentatively, and for one instance
        declines,  ///< the whole event
        other      ///< delegates, declines one instance
    } kind = Kind::other;
};

/// The replies in a message that a local user handed in under their own address. Empty for any other message, so a
/// forged From address counts for nothing. What users reply about events that they organize themselves is left out.
std::vector<OwnReply> own_replies(const Judgement& judgement, const daemon::Snapshot& snapshot,
                                  const mail::Envelope& envelope, calendar::delivery::Time now);

/// The invitations that are held for this very user and event, which the reply releases or dismisses, in this order;
/// none when it does neither. Anybody can send an invitation with the UID of another's event: only those with the
/// ORGANIZER of the reply count, the organizer's own before those of a SENT-BY, or all, when it names none and they
/// have the same.
std::vector<calendar::delivery::JobSummary> held_for(const calendar::delivery::Queue& queue, const OwnReply& reply);

/// What is held_for() these replies is released when they accept, dismissed when they
/// decline. Durable on return. What becomes held later is not touched. To be called before the jobs are committed, so
/// that these come after what is released.
void settle_held(calendar::delivery::Queue& queue, const std::vector<OwnReply>& replies, calendar::delivery::Time now);

}  // namespace milter::judging
