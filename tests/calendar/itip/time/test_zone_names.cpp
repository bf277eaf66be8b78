#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/itip/time/offset_zone.h"
#include "calendar/itip/time/time_zone.h"
#include "calendar/itip/time/windows_zone_names.h"
#include "calendar/itip/time/zones.h"

using namespace calendar::itip;

namespace {

/// Minutes east of UTC in winter and in summer (of the north); none for an unknown zone.
std::optional<std::pair<int, int>> offsets(const std::string& tzid) {
    load_zones();
    const auto winter = utc_offset(tzid, wall_clock("20270115T120000").value());
    const auto summer = utc_offset(tzid, wall_clock("20270715T120000").value());
    if (!winter || !summer) return std::nullopt;
    return std::pair(*winter / 60, *summer / 60);
}

}  // namespace

TEST_CASE("a zone is known by what programs call it") {
    struct Row {
        const char* tzid;
        int winter, summer;
    };
    const std::vector<Row> rows{
        {"W. Europe Standard Time", 60, 120},
        {"(UTC-05:00) Eastern Time (US & Canada)", -300, -240},
        {"(GMT-05:00) Eastern Time (US and Canada)", -300, -240},
        {"Eastern Time (US & Canada)", -300, -240},
        {"Pacific Time (US & Canada); Tijuana", -480, -420},
        {"(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", 60, 120},
        {"Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", 60, 120},
        {"(GMT+01.00) Amsterdam / Berlin / Bern / Rome / Stockholm / Vienna", 60, 120},
        {"(UTC) Coordinated Universal Time", 0, 0},
        {"(UTC+00:00) Dublin, Edinburgh, Lisbon, London", 0, 60},
        {"(GMT) Greenwich Mean Time : Dublin, Edinburgh, Lisbon, London", 0, 60},
        {"(UTC+05:30) Chennai, Kolkata, Mumbai, New Delhi", 330, 330},
        {"(UTC+12:00) Coordinated Universal Time+12", 720, 720},
        {"(UTC-02:00) Coordinated Universal Time-02", -120, -120},
        {"(UTC+10:00) Canberra, Melbourne, Sydney", 660, 600},
        {"Kamchatka Standard Time", 720, 720},
        {"(UTC+12:00) Petropavlovsk-Kamchatsky - Old", 720, 720},
        {"Mid-Atlantic Standard Time", -120, -120},
        {"(UTC-02:00) Mid-Atlantic - Old", -120, -120},
        {"Mexico Standard Time", -360, -360},
        {"S.E. Asia Standard Time", 420, 420},
        {"tzone://Microsoft/Utc", 0, 0},
    };
    for (const Row& row : rows) {
        CAPTURE(std::string(row.tzid));
        CHECK(is_system_zone(row.tzid));
        CHECK(offsets(row.tzid) == std::pair(row.winter, row.summer));
        CHECK(system_zone(row.tzid, 0).has_value());
    }
}

TEST_CASE("every name of the table is a zone of the system") {
    load_zones();
    for (const WindowsZoneName& zone : windows_zone_names) {
        CHECK_MESSAGE(is_system_zone(zone.name), zone.name);
        CHECK_MESSAGE(is_system_zone(zone.id), zone.id);
    }
}

TEST_CASE("an offset is a zone where a word says of what") {
    for (const auto& [tzid, minutes] : std::vector<std::pair<const char*, int>>{{"GMT+0100", 60},
                                                                                {"GMT +0100", 60},
                                                                                {"gmt-0330", -210},
                                                                                {"UTC+01:00", 60},
                                                                                {"UTC-12:00", -720},
                                                                                {"GMT+14:00", 840},
                                                                                {"UTC+0545", 345},
                                                                                {"GMT+0000", 0}}) {
        CAPTURE(std::string(tzid));
        CHECK(named_offset(tzid) == minutes * 60);
        CHECK(offsets(tzid) == std::pair(minutes, minutes));
        CHECK_FALSE(is_system_zone(tzid));
        REQUIRE(offset_zone(tzid));
        CHECK(zone_name(*offset_zone(tzid)) == tzid);
    }
    CHECK(offset_zone("GMT-0330")->components.front().value("TZOFFSETTO") == "-0330");
}

TEST_CASE("what is no zone by its name") {
    for (const char* const tzid : {"GMT+1",
                                   "GMT+01",
                                   "UTC-5",
                                   "+01:00",
                                   "+0100",
                                   "-03:00",
                                   "GMT+0160",
                                   "GMT+1500",
                                   "GMT+01:0",
                                   "GMTX0100",
                                   "UTC+",
                                   "GMT+010000",
                                   "EST+0100",
                                   "tzone://Microsoft/Custom",
                                   "Customized Time Zone",
                                   "(UTC+01:00)",
                                   "(",
                                   "",
                                   " ",
                                   "Casablanca, Monrovia",
                                   "Athens, Istanbul, Minsk",
                                   "Coordinated Universal Time+02",
                                   "Eastern Time"}) {
        CAPTURE(std::string(tzid));
        CHECK_FALSE(named_offset(tzid));
        CHECK_FALSE(offset_zone(tzid));
        CHECK_FALSE(is_system_zone(tzid));
        CHECK_FALSE(offsets(tzid));
    }
}

TEST_CASE("a zone that a sender describes counts before the offset of its name") {
    load_zones();
    const Component rules{
        "STANDARD",
        {{"DTSTART", {}, "19700101T000000"}, {"TZOFFSETFROM", {}, "+0200"}, {"TZOFFSETTO", {}, "+0200"}},
        {}};
    const SenderZones zones({"VCALENDAR", {}, {{"VTIMEZONE", {{"TZID", {}, "GMT+0100"}}, {rules}}}});
    CHECK(offsets("GMT+0100") == std::pair(120, 120));
}
