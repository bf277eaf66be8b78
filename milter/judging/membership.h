#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "calendar/itip/read/message.h"
#include "milter/daemon/snapshot.h"
#include "milter/judging/recipients.h"

/// Lists that are named as ATTENDEE: addresses that the user sources give to several users.
namespace milter::judging {

/// Of one mail. A list of another domain is not ours, and is not looked up.
constexpr std::size_t most_list_lookups = 20;

/// Whoever is written to without being named may have been put in the place of a list elsewhere: they get those of the
/// ATTENDEEs that the user sources give to them and others among their `lists`. A recipient for whom that cannot be
/// known becomes one who is to be looked up later.
void find_lists(std::vector<Recipient>& recipients, std::span<const calendar::itip::ItipMessage> messages,
                const daemon::Snapshot& snapshot, calendar::base::Deadline deadline);

/// The address by which this message is for the user: a list that it names while it names none of their own addresses,
/// else the one that was written to.
calendar::itip::Address reached_at(const policy::users::User& user, const calendar::itip::Address& written_to,
                                   const calendar::itip::ItipMessage& message);

}  // namespace milter::judging
