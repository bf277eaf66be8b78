#include "calendar/itip/time/system_zones.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include <libical/ical.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include "calendar/base/fd.h"
#include "calendar/base/free_with.h"

namespace calendar::itip {

namespace {

namespace fs = std::filesystem;

/// IANA names to zones. Written by read_system_zones() only.
std::map<std::string, SystemZone, std::less<>>& zones() {
    static std::map<std::string, SystemZone, std::less<>> all;
    return all;
}

bool is_zone_file(const fs::path& path) {
    std::array<char, 4> magic{};
    return std::ifstream(path, std::ios::binary).read(magic.data(), magic.size()) &&
           std::string_view(magic.data(), magic.size()) == "TZif";
}

/// The names in the zone directory, links resolved to the name they stand for.
std::map<std::string, std::string> names_in(const fs::path& directory) {
    std::map<std::string, std::string> names;
    const fs::path root = fs::canonical(directory);
    for (auto entry = fs::recursive_directory_iterator(root); entry != fs::recursive_directory_iterator(); ++entry) {
        const std::string name = entry->path().lexically_relative(root).generic_string();
        if (entry->is_directory() && (name == "posix" || name == "right")) entry.disable_recursion_pending();
        if (!entry->is_regular_file() || name == "localtime" || name == "posixrules" || !is_zone_file(entry->path()))
            continue;
        const std::string target = fs::canonical(entry->path()).lexically_relative(root).generic_string();
        names.emplace(name, target.starts_with("..") ? name : target);
    }
    return names;
}

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

/// The offset before all changes.
int first_offset(icaltimezone* zone) {
    icaltimetype long_ago = icaltime_null_time();
    long_ago.year = long_ago.month = long_ago.day = 1;
    int daylight = 0;
    return icaltimezone_get_utc_offset(zone, &long_ago, &daylight);
}

/// What libical found out about a zone, which it gives as text only: a line `LOCATION\tDD Mon
/// YYYY\tHH:MM:SS\t+HHMM[SS]` for each change.
void append_changes(std::vector<OffsetChange>& changes, icaltimezone* zone) {
    changes.push_back({std::numeric_limits<std::int64_t>::min(), first_offset(zone)});
    char* text = nullptr;
    std::size_t size = 0;
    std::FILE* const file = open_memstream(&text, &size);
    if (file == nullptr) fail("open_memstream");
    icaltimezone_dump_changes(zone, zones_end - 1, file);
    std::fclose(file);
    const std::unique_ptr<char, base::FreeWith<&std::free>> owner(text);
    constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (const char* line = text; (line = std::strchr(line, '\t')) != nullptr; line = std::strchr(line, '\n')) {
        int day = 0, year = 0, hour = 0, minute = 0, second = 0, hours = 0, minutes = 0, seconds = 0;
        std::array<char, 4> month{};
        char sign = '+';
        if (std::sscanf(line, "%d %3s %d %d:%d:%d %c%2d%2d%2d", &day, month.data(), &year, &hour, &minute, &second,
                        &sign, &hours, &minutes, &seconds) < 9)
            throw std::runtime_error("libical describes time zones in an unknown form");
        using namespace std::chrono;
        const sys_days date = std::chrono::year(year) / static_cast<int>(months.find(month.data()) / 3 + 1) /
                              std::chrono::day(static_cast<unsigned>(day));
        const sys_seconds utc =
            date + std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second);
        const std::int64_t offset = hours * 3600 + minutes * 60 + seconds;
        changes.push_back({utc.time_since_epoch().count(), sign == '-' ? -offset : offset});
    }
}

/// Where one zone is in the lists of them all.
struct Place {
    std::size_t first_change = 0, end_of_changes = 0, first_rule = 0, end_of_rules = 0;
};

/// All zones that libical has.
struct Lists {
    std::vector<OffsetChange> changes;
    std::string rules;
    std::map<std::string, Place> places;

    void add(icaltimezone* zone, const std::string& name) {
        icalcomponent* const component = zone == nullptr ? nullptr : icaltimezone_get_component(zone);
        if (component == nullptr) return;
        Place place{.first_change = changes.size(), .first_rule = rules.size()};
        append_changes(changes, zone);
        const std::unique_ptr<char, base::FreeWith<&icalmemory_free_buffer>> text(
            icalcomponent_as_ical_string_r(component));
        rules += text.get();
        place.end_of_changes = changes.size();
        place.end_of_rules = rules.size();
        places.emplace(name, place);
    }
};

Lists read_lists() {
    Lists all;
    const icalarray* const builtin = icaltimezone_get_builtin_timezones();
    for (std::size_t i = 0; i < builtin->num_elements; ++i) {
        auto* const zone = static_cast<icaltimezone*>(icalarray_element_at(const_cast<icalarray*>(builtin), i));
        all.add(zone, icaltimezone_get_location(zone));
    }
    const char* const directory = icaltzutil_get_zone_directory();
    const auto names = directory == nullptr ? std::map<std::string, std::string>{} : names_in(directory);
    // First the files, then the links to them: a link costs nothing.
    for (const auto& [name, target] : names)
        if (name == target && !all.places.contains(name))
            all.add(icaltimezone_get_builtin_timezone(name.c_str()), name);
    for (const auto& [name, target] : names)
        if (const auto found = all.places.find(target); found != all.places.end())
            all.places.emplace(name, found->second);
    if (all.places.empty()) throw std::runtime_error("cannot read time zones; install tzdata");
    return all;
}

/// A mapping of these bytes, for the life of the process. As no page of it is ever written, fork() need not copy even
/// its tables; who does write gets a page of their own.
const char* mapped(std::string_view changes, std::string_view rules) {
    const base::Fd file(memfd_create("imip-zones", MFD_CLOEXEC));
    if (!file) fail("memfd_create");
    for (std::string_view bytes : {changes, rules})
        while (!bytes.empty()) {
            const ssize_t count = ::write(file.get(), bytes.data(), bytes.size());
            if (count < 0) fail("write to memfd");
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
    void* const map = ::mmap(nullptr, changes.size() + rules.size(), PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (map == MAP_FAILED) fail("mmap");
    return static_cast<const char*>(map);
}

}  // namespace

void read_system_zones() {
    if (!zones().empty()) return;
    {
        const Lists all = read_lists();
        const std::string_view changes(reinterpret_cast<const char*>(all.changes.data()),
                                       all.changes.size() * sizeof(OffsetChange));
        const char* const map = mapped(changes, all.rules);
        const auto* const first = reinterpret_cast<const OffsetChange*>(map);
        const char* const rules = map + changes.size();
        for (const auto& [name, place] : all.places)
            zones().emplace(name, SystemZone{{first + place.first_change, first + place.end_of_changes},
                                             {rules + place.first_rule, rules + place.end_of_rules}});
    }
    // What libical keeps of them is twenty times as large. It does not read them again, but for their names.
    icaltimezone_free_builtin_timezones();
    icaltimezone_get_builtin_timezones();
    ::malloc_trim(0);
}

const SystemZone* system_zone_named(std::string_view name) {
    const auto found = zones().find(name);
    return found == zones().end() ? nullptr : &found->second;
}

}  // namespace calendar::itip
