#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "calendar/delivery/job_result.h"

/// The reply order of one event while jobs change it.
namespace calendar::delivery {

using MarkMap = std::map<std::pair<std::string, std::string>, itip::ReplyMark>;  ///< by attendee, RECURRENCE-ID

/// More instances than an attendee answers, or an organizer cancels, by hand: a mark each.
constexpr std::size_t marks_of_one = 500;
/// Of all who organize something under the UID of the event: anybody may use it.
constexpr std::size_t marks_of_organizers = 2000;

MarkMap by_key(const std::vector<itip::ReplyMark>& marks);
/// What this job is held against: all but the marks of replies, and of a reply those of who can have answered.
std::vector<itip::ReplyMark> marks_for(const Job& job, const MarkMap& marks);
/// All marks after this job. A reply that changed nothing may move a mark, not add one: they would have no bound.
MarkMap marks_after(const Job& job, const MarkMap& before, const itip::Outcome& outcome);
/// Takes the oldest of too many cancellations away: of one organizer; and of all of them, from the organizational
/// domain that has the most, so that a flood under many addresses is one flood, and there from the organizer who has
/// the most. Of equals the newcomer loses. Who has answered for too many instances now; none: nobody.
std::optional<std::string> keep_within_bounds(MarkMap& marks, const MarkMap& before);
MarkChanges changes_between(const MarkMap& before, const MarkMap& after);

}  // namespace calendar::delivery
