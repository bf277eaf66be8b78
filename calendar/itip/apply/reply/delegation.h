#pragma once

#include <cstddef>
#include <set>
#include <string>

#include "calendar/itip/read/address.h"
#include "calendar/itip/text/series.h"

/// Who delegated to whom, in ATTENDEE lines (RFC 5545 3.2.4, 3.2.5). Addresses in their normal form, however they are
/// written.
namespace calendar::itip {

/// So often one delegates to the next: each of them is one more stranger in the organizer's event.
constexpr std::size_t longest_delegation = 5;

/// DELEGATED-FROM and DELEGATED-TO.
std::set<std::string> delegators(const Property& line);
std::set<std::string> delegates(const Property& line);

/// To how many others the attendee has delegated, in any component.
std::size_t delegates_of(const Series& series, const Address& address);

/// How many delegations led to this attendee; counts no further than the longest.
std::size_t delegations_before(const Component& component, const Property* line);

/// The attendee in whose place this one answers at last, whom the organizer invited: found through those who each name
/// the next as their delegate. This one themselves when nobody does.
Address invited_for(const Component& component, const Address& attendee);

/// Takes those off who are attendees only because this delegator, and nobody else who still names them, delegated to
/// them; then those to whom they delegated. Did anything change?
bool remove_delegates(Component& component, const std::string& delegator, const std::set<std::string>& leaving);

}  // namespace calendar::itip
