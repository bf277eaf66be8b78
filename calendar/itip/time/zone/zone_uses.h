#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "calendar/itip/text/document.h"
#include "calendar/itip/text/reason.h"

/// Where a component names zones, and when.
namespace calendar::itip {

/// TZID parameters by the names that they mean: a VTIMEZONE escapes its TZID, a parameter does not.
using UsedZones = std::unordered_map<std::string, std::string>;

/// Adds those of the component, at every depth.
void collect_zones(const Component& component, UsedZones& used);

/// Old names and new ones.
using NewNames = std::unordered_map<std::string, std::string>;

/// In every TZID parameter, at every depth.
void rename_zones(Component& component, const NewNames& renamed);

/// The first of the names that a zone can get, `EST 2`, and so on.
std::string numbered(const std::string& name, int number);
constexpr int last_number = 20;
/// What to say of a VTIMEZONE for which all of them are taken: too_complex.
tl::unexpected<Refusal> no_name_for(const Component& zone);
/// Is it the name with one such number behind it, or more?
bool is_numbered(std::string_view numbered, std::string_view name);

/// The times that a component is about, in any zone: wall clocks in seconds since 1970.
struct Reach {
    std::int64_t begin;  ///< a day before the first
    std::int64_t end;    ///< a day after the last; the last there is for a rule without UNTIL
};
/// None: it has no dates.
std::optional<Reach> reach_of(const Component& component);

}  // namespace calendar::itip
