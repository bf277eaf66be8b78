#include "calendar/itip/time/zone/system_zones.h"

#include <algorithm>
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
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <libical/ical.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calendar/base/fd.h"
#include "calendar/base/free_with.h"
#include "calendar/base/os_error.h"

namespace calendar::itip {

namespace {

namespace fs = std::filesystem;

/// By name, in memory that no process writes. Written by read_system_zones() only.
std::vector<SystemZone>& zones() {
    static std::vector<SystemZone> all;
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
    if (file == nullptr) base::throw_os_error("open_memstream");
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
    struct Range {
        std::size_t first = 0, end = 0;
    };
    Range name;  ///< in `text`
    Range changes;
    Range rules;  ///< in `text`
};

/// All zones that libical has.
struct Lists {
    std::vector<OffsetChange> changes;
    std::string text;
    std::map<std::string, Place> places;

    void add(icaltimezone* zone, const std::string& name) {
        icalcomponent* const component = zone == nullptr ? nullptr : icaltimezone_get_component(zone);
        if (component == nullptr) return;
        Place place;
        place.changes.first = changes.size();
        append_changes(changes, zone);
        place.changes.end = changes.size();
        const std::unique_ptr<char, base::FreeWith<&icalmemory_free_buffer>> rules(
            icalcomponent_as_ical_string_r(component));
        place.rules = append(rules.get());
        add(place, name);
    }
    void add(Place place, const std::string& name) {
        place.name = append(name);
        places.emplace(name, place);
    }

  private:
    Place::Range append(std::string_view more) {
        text += more;
        return {text.size() - more.size(), text.size()};
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
        if (const auto found = all.places.find(target); found != all.places.end()) all.add(found->second, name);
    if (all.places.empty()) throw std::runtime_error("no time zones; install tzdata");
    return all;
}

/// How they lie in a file: this, the places by name, the changes, the text.
struct Sizes {
    std::size_t places = 0, changes = 0, text = 0;
};

template <class T>
void write_all(int file, std::span<const T> values) {
    for (auto bytes = std::as_bytes(values); !bytes.empty();) {
        const ssize_t count = ::write(file, bytes.data(), bytes.size());
        if (count < 0) base::throw_os_error("write to memfd");
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
}

void write_lists(int file, const Lists& all) {
    std::vector<Place> places;
    for (const auto& [name, place] : all.places)
        places.push_back(place);
    const Sizes sizes{places.size(), all.changes.size(), all.text.size()};
    write_all(file, std::span(&sizes, 1));
    write_all(file, std::span<const Place>(places));
    write_all(file, std::span<const OffsetChange>(all.changes));
    write_all(file, std::span<const char>(all.text));
}

/// A file in memory with them. A child of this process reads them: what libical keeps of them is twenty times as large,
/// and what is left of that when it is freed is a heap full of holes, which each fork() would have to copy.
base::Fd file_of_zones() {
    base::Fd file(memfd_create("imip-zones", MFD_CLOEXEC));
    if (!file) base::throw_os_error("memfd_create");
    const pid_t reader = ::fork();
    if (reader < 0) base::throw_os_error("fork");
    if (reader == 0) {
        try {
            write_lists(file.get(), read_lists());
            ::_exit(0);
        } catch (const std::exception& trouble) {
            std::fprintf(stderr, "%s\n", trouble.what());
            ::_exit(1);
        }
    }
    int status = 0;
    while (::waitpid(reader, &status, 0) < 0)
        if (errno != EINTR) base::throw_os_error("waitpid");
    if (status != 0) throw std::runtime_error("cannot read the time zones of the system; install tzdata");
    return file;
}

/// A mapping of them, for the life of the process. As no page of it is ever written, fork() need not copy even its
/// tables; who does write gets a page of their own.
const char* mapped(const base::Fd& file) {
    const auto size = static_cast<std::size_t>(::lseek(file.get(), 0, SEEK_END));
    void* const map = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (map == MAP_FAILED) base::throw_os_error("mmap");
    return static_cast<const char*>(map);
}

}  // namespace

void read_system_zones() {
    if (!zones().empty()) return;
    const char* const map = mapped(file_of_zones());
    const auto& sizes = *reinterpret_cast<const Sizes*>(map);
    const std::span places(reinterpret_cast<const Place*>(&sizes + 1), sizes.places);
    const std::span changes(reinterpret_cast<const OffsetChange*>(places.data() + places.size()), sizes.changes);
    const std::string_view text(reinterpret_cast<const char*>(changes.data() + changes.size()), sizes.text);
    const auto part = [](auto list, Place::Range range) {
        return decltype(list)(&list[range.first], range.end - range.first);
    };
    zones().reserve(places.size());
    for (const Place& place : places)
        zones().push_back({part(text, place.name), part(changes, place.changes), part(text, place.rules)});
}

const SystemZone* system_zone_named(std::string_view name) {
    const auto found = std::ranges::lower_bound(zones(), name, {}, &SystemZone::name);
    return found == zones().end() || found->name != name ? nullptr : &*found;
}

}  // namespace calendar::itip
