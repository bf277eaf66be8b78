#pragma once

#include <string_view>

namespace calendar::itip {

/// The Windows name (`W. Europe Standard Time`) of a zone that a program calls by its display name, with or without the
/// offset in front (`(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna`), or by a name of older versions
/// (`Mexico Standard Time`); empty for any other name.
std::string_view windows_zone_called(std::string_view name);

}  // namespace calendar::itip
