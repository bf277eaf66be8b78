#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/itip/time/dates.h"
#include "calendar/itip/time/zone/offset_zone.h"
#include "calendar/itip/time/zone/sender_zones.h"
#include "calendar/itip/time/zone/time_zone.h"
#include "calendar/itip/time/zone/windows_zone_names.h"
#include "calendar/itip/time/zone/zones.h"

using namespace calendar::itip;

namespace {

/// Minutes east of UTC in winter and in summer (of the north); none for an unknown zone.
std::optional<std::pair<int, int>> offsets(const std::string& tzid) {
    load_zones();
    const auto winter = zone_named(tzid).offset_at(wall_clock("20270115T120000").value());
    const auto summer = zone_named(tzid).offset_at(wall_clock("20270715T120000").value());
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
        CHECK(is_known_by_name(row.tzid));
        CHECK(offsets(row.tzid) == std::pair(row.winter, row.summer));
        CHECK((system_zone(row.tzid, 0) || zone_known_by_name(row.tzid, 0)));
    }
}

TEST_CASE("a zone is a place by its name in the database, whatever it is called") {
    load_zones();
    using Tzid = Reading::Tzid;
    for (const auto& [tzid, kind] :
         std::vector<std::pair<const char*, Tzid>>{{"Europe/Berlin", Tzid::place},
                                                   {"America/Argentina/Salta", Tzid::place},
                                                   {"US/Eastern", Tzid::place},
                                                   {"/mozilla.org/20070129_1/Europe/Berlin", Tzid::place},
                                                   {"W. Europe Standard Time", Tzid::place},
                                                   {"GMT Standard Time", Tzid::place},
                                                   {"EST", Tzid::word},
                                                   {"EST5EDT", Tzid::word},
                                                   {"UTC", Tzid::word},
                                                   {"Etc/GMT+1", Tzid::word},
                                                   {"UTC-02", Tzid::word},
                                                   {"CET", Tzid::word},
                                                   {"MST7MDT", Tzid::word},
                                                   {"GMT0", Tzid::word},
                                                   {"Zulu", Tzid::word},
                                                   {"Singapore", Tzid::place},
                                                   {"/x/Room/Singapore", Tzid::word},
                                                   {"Japan", Tzid::place},
                                                   {"GB", Tzid::place},
                                                   {"NZ-CHAT", Tzid::place},
                                                   {"PRC", Tzid::place},
                                                   {"W-SU", Tzid::place},
                                                   {"/freeassociation.sourceforge.net/UTC", Tzid::word},
                                                   {"EST 2", Tzid::unknown},
                                                   {"GMT+0100", Tzid::unknown},
                                                   {"Kundenzone", Tzid::unknown},
                                                   {"", Tzid::unknown}}) {
        CAPTURE(std::string(tzid));
        CHECK(kind_of_tzid(tzid) == kind);
        CHECK(is_system_zone(tzid) == (kind != Tzid::unknown));
    }
}

TEST_CASE("a zone agrees with another for as long as both are as far from UTC") {
    load_zones();
    const auto agree = [](const char* zone, const char* other, const char* from, std::int64_t days) {
        const std::int64_t since = wall_clock(from)->seconds();
        const bool agrees = zone_named(zone).agrees_with(zone_named(other), since, since + days * day_seconds);
        CHECK(agrees == zone_named(other).agrees_with(zone_named(zone), since, since + days * day_seconds));
        return agrees;
    };
    CHECK(agree("Europe/Berlin", "Europe/Paris", "20270101T000000Z", 1830));
    CHECK(agree("Europe/London", "UTC", "20270101T000000Z", 80));
    CHECK_FALSE(agree("Europe/London", "UTC", "20270101T000000Z", 90));
    CHECK_FALSE(agree("Europe/London", "UTC", "20270701T000000Z", 1));
    CHECK(agree("Europe/London", "UTC", "20271101T000000Z", 80));
    CHECK_FALSE(agree("Europe/London", "Nowhere", "20270101T000000Z", 1));
}

TEST_CASE("a display name behind an offset that its zone never had is unknown") {
    load_zones();
    for (const char* tzid :
         {"(UTC+09:00) Eastern Time (US & Canada)", "(UTC-05:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna",
          "(here) Alaska", "() Alaska", "Coordinated Universal Time 11"}) {
        CAPTURE(std::string(tzid));
        CHECK_FALSE(is_known_by_name(tzid));
    }
}

TEST_CASE("a zone that a sender describes counts before what Windows calls so") {
    load_zones();
    const Component rules{
        "STANDARD",
        {{"DTSTART", {}, "19700101T000000"}, {"TZOFFSETFROM", {}, "-1100"}, {"TZOFFSETTO", {}, "-1100"}},
        {}};
    CHECK(offsets("Samoa") == std::pair(780, 780));
    Effort effort(Effort::of_a_message(0));
    const SenderZones zones({"VCALENDAR", {}, {{"VTIMEZONE", {{"TZID", {}, "Samoa"}}, {rules}}}}, effort);
    CHECK(offsets("Samoa") == std::pair(-660, -660));
}

TEST_CASE("every name of the table is a zone of the system") {
    load_zones();
    for (const WindowsZoneName& zone : windows_zone_names) {
        CHECK_MESSAGE(is_known_by_name(zone.name), zone.name);
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
        REQUIRE(offset_changes(tzid).size() == 1);
        CHECK(offset_changes(tzid).front().offset == minutes * 60);
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
        CHECK(offset_changes(tzid).empty());
        CHECK_FALSE(offset_zone(tzid));
        CHECK_FALSE(is_known_by_name(tzid));
        CHECK_FALSE(offsets(tzid));
    }
}

TEST_CASE("a zone that a sender describes counts before the offset of its name") {
    load_zones();
    const Component rules{
        "STANDARD",
        {{"DTSTART", {}, "19700101T000000"}, {"TZOFFSETFROM", {}, "+0200"}, {"TZOFFSETTO", {}, "+0200"}},
        {}};
    Effort effort(Effort::of_a_message(0));
    const SenderZones zones({"VCALENDAR", {}, {{"VTIMEZONE", {{"TZID", {}, "GMT+0100"}}, {rules}}}}, effort);
    CHECK(offsets("GMT+0100") == std::pair(120, 120));
}
