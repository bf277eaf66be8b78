#include "calendar/itip/apply/reply/delegation.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "calendar/itip/read/parties.h"

namespace calendar::itip {

namespace {

std::set<std::string> addresses(const Property& line, std::string_view list_parameter) {
    std::set<std::string> all;
    for (const Address& address : listed_addresses(line, list_parameter))
        all.insert(address.text());
    return all;
}

}  // namespace

std::set<std::string> delegators(const Property& line) {
    return addresses(line, "DELEGATED-FROM");
}

std::set<std::string> delegates(const Property& line) {
    return addresses(line, "DELEGATED-TO");
}

std::size_t delegates_of(const Series& series, const Address& address) {
    std::set<std::string> all;
    series.each([&](const Component& component) {
        if (const Property* const line = attendee(component, address)) all.merge(delegates(*line));
    });
    return all.size();
}

namespace {

/// Has the attendee of the line a part in the event by another delegator than that one too?
bool delegated_by_another(const Component& component, const Property& line, const std::string& delegator) {
    return std::ranges::any_of(delegators(line), [&](const std::string& text) {
        const Property* const other = text == delegator ? nullptr : attendee(component, *Address::parse(text));
        return other != nullptr && lists_address(*other, "DELEGATED-TO", *address_of(&line));
    });
}

}  // namespace

bool remove_delegates(Component& component, const std::string& delegator, const std::set<std::string>& leaving) {
    std::vector<std::pair<std::string, std::string>> pairs;
    for (const std::string& one : leaving)
        pairs.emplace_back(delegator, one);
    bool any = false;
    while (!pairs.empty()) {
        const auto [from, to] = std::move(pairs.back());
        pairs.pop_back();
        const Property* const line = attendee(std::as_const(component), *Address::parse(to));
        if (line == nullptr || !delegators(*line).contains(from) || delegated_by_another(component, *line, from))
            continue;
        for (const std::string& next : delegates(*line))
            pairs.emplace_back(to, next);
        component.properties.erase(component.properties.begin() + (line - component.properties.data()));
        any = true;
    }
    return any;
}

std::size_t delegations_before(const Component& component, const Property* line) {
    std::size_t count = 0;
    while (line != nullptr && count < longest_delegation) {
        const auto from = delegators(*line);
        if (from.empty()) break;
        ++count;
        line = attendee(component, *Address::parse(*from.begin()));
    }
    return count;
}

Address invited_for(const Component& component, const Address& address) {
    Address invited = address;
    for (std::size_t i = 0; i < longest_delegation; ++i) {
        const Property* const line = attendee(component, invited);
        if (line == nullptr) break;
        const auto from = listed_addresses(*line, "DELEGATED-FROM");
        const auto delegator = std::ranges::find_if(from, [&](const Address& one) {
            const Property* const other = attendee(component, one);
            return other != nullptr && lists_address(*other, "DELEGATED-TO", invited);
        });
        if (delegator == from.end()) break;
        invited = *delegator;
    }
    return invited;
}

}  // namespace calendar::itip
