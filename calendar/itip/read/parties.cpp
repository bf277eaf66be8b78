#include "calendar/itip/read/parties.h"

#include <algorithm>
#include <utility>

#include "calendar/base/text.h"

namespace calendar::itip {

namespace {

std::optional<Address> address_in(const Property* party, std::string_view parameter) {
    if (party == nullptr) return std::nullopt;
    const auto text = party->parameter(parameter);
    return text ? Address::parse(*text) : std::nullopt;
}

}  // namespace

std::optional<Address> address_of(const Property* party) {
    if (party == nullptr) return std::nullopt;
    auto address = calendar_user(party->value);
    if (!address && !party->mailbox.empty()) address = Address::parse(party->mailbox);
    return address ? address : email(party);
}

std::optional<Address> sent_by(const Property* party) {
    return address_in(party, "SENT-BY");
}

std::optional<Address> email(const Property* party) {
    return address_in(party, "EMAIL");
}

std::vector<Address> listed_addresses(const Property& party, std::string_view list_parameter) {
    std::vector<std::string> names = party.parameter_values(list_parameter);
    if (names.size() > most_listed) names.resize(most_listed);
    std::vector<Address> addresses;
    for (const std::string& name : names)
        if (auto address = Address::parse(name)) addresses.push_back(std::move(*address));
    return addresses;
}

bool lists_address(const Property& party, std::string_view list_parameter, const Address& address) {
    return contains(listed_addresses(party, list_parameter), address);
}

const Property* attendee(const Component& component, const Address& address) {
    return attendee_among(component, {&address, 1});
}

Property* attendee(Component& component, const Address& address) {
    return const_cast<Property*>(attendee(std::as_const(component), address));
}

const Property* attendee_among(const Component& component, std::span<const Address> addresses) {
    const auto found = std::ranges::find_if(component.properties, [&](const Property& property) {
        if (!property.is("ATTENDEE")) return false;
        const auto address = address_of(&property);
        return address && contains(addresses, *address);
    });
    return found == component.properties.end() ? nullptr : &*found;
}

std::string partstat(const Property& attendee) {
    const auto text = attendee.parameter("PARTSTAT");
    return text && !text->empty() ? base::uppered(*text) : "NEEDS-ACTION";
}

void take_parameter(Property& to, const Property& from, std::string_view name) {
    const auto has_name = [&](const Parameter& parameter) { return base::same_word(parameter.name, name); };
    const auto taken = std::ranges::find_if(from.parameters, has_name);
    const auto place = std::ranges::find_if(to.parameters, has_name);
    if (taken == from.parameters.end())
        to.set_parameter(name, std::nullopt);
    else if (place == to.parameters.end())
        to.parameters.push_back(*taken);
    else
        place->value = taken->value;
}

}  // namespace calendar::itip
