#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/itip/read/address.h"
#include "calendar/itip/text/document.h"

/// ORGANIZER and ATTENDEE lines as parties (RFC 5545 3.8.4.1, 3.8.4.3).
namespace calendar::itip {

/// ORGANIZER or an ATTENDEE with what decides who is allowed to send for whom.
struct Party {
    Address address;
    std::optional<Address> sent_by;
    std::string partstat;  ///< upper case; NEEDS-ACTION when absent
    std::vector<Address> delegated_to;
    std::vector<Address> delegated_from;
    std::optional<Address> email{};  ///< EMAIL (RFC 7986 6.2)
};

/// The address that the line is about: its value, else its mailbox, else its EMAIL (RFC 7986 6.2), which only a stored
/// object has beside a value that is not a mail address; none when the line is null or has none of them.
std::optional<Address> address_of(const Property* party);
std::optional<Address> sent_by(const Property* party);
std::optional<Address> email(const Property* party);

/// More names than this in a list parameter are not read: nobody delegates to more.
constexpr std::size_t most_listed = 10;
/// The addresses in this list parameter, DELEGATED-TO or DELEGATED-FROM.
std::vector<Address> listed_addresses(const Property& party, std::string_view list_parameter);
/// Is the address one of them?
bool lists_address(const Property& party, std::string_view list_parameter, const Address& address);

/// The ATTENDEE with this address; null when there is none.
const Property* attendee(const Component& component, const Address& address);
Property* attendee(Component& component, const Address& address);
/// The first ATTENDEE with one of these addresses; null when there is none.
const Property* attendee_among(const Component& component, std::span<const Address> addresses);

/// PARTSTAT in upper case; NEEDS-ACTION when absent.
std::string partstat(const Property& attendee);

/// The parameter as it is written in `from`, in place of the one in `to`; taken away from `to` when `from` has none.
void take_parameter(Property& to, const Property& from, std::string_view name);

}  // namespace calendar::itip
