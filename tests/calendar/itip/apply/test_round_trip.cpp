#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include <doctest/doctest.h>
#include <libical/ical.h>

#include "calendar/base/text.h"
#include "calendar/itip/read/message.h"
#include "calendar/itip/text/document.h"
#include "calendar/itip/time/zone/time_zone.h"
#include "tests/calendar/itip/apply/round_trip.h"
#include "tests/calendar/itip/generator.h"
#include "tests/calendar/itip/samples.h"

// As text and as a message; what is stored is looked at in test_stored_round_trip.cpp.
namespace {

using namespace calendar::base;
using namespace calendar::itip;
using namespace round_trip;

struct Freed {
    void operator()(icalcomponent* component) const noexcept { icalcomponent_free(component); }
    void operator()(char* text) const noexcept { icalmemory_free_buffer(text); }
};

/// What libical reads in a text, as it would write it.
Node as_libical_reads(const std::string& text) {
    const std::unique_ptr<icalcomponent, Freed> read(icalparser_parse_string(text.c_str()));
    REQUIRE(read != nullptr);
    const std::unique_ptr<char, Freed> again(icalcomponent_as_ical_string_r(read.get()));
    REQUIRE(again != nullptr);
    return node_of(again.get());
}

/// As libical writes what it keeps: names in upper case, a property for each value of a list of dates.
Node in_libicals_way(const Node& node) {
    Node out{node.name, {}, {}};
    for (const std::string& line : node.lines) {
        if (line.starts_with("EXDATE") || line.starts_with("RDATE")) {
            const auto start = line.find(':') + 1;
            for_each_piece(std::string_view(line).substr(start), ',', [&](std::string_view date) {
                out.lines.push_back(line.substr(0, start) + std::string(date));
            });
        } else {
            out.lines.push_back(name_of(line) + line.substr(name_of(line).size()));
        }
    }
    for (const Node& child : node.children)
        out.children.push_back(in_libicals_way(child));
    return out;
}

/// Of the time zones the lines that tell the clock, without other parameters than VALUE.
Node with_clocks_alone(Node calendar) {
    constexpr std::array kept{"TZID",       "LAST-MODIFIED", "DTSTART", "TZOFFSETFROM",
                              "TZOFFSETTO", "RRULE",         "RDATE",   "TZNAME"};
    const auto reduce = [&](Node& node) {
        std::erase_if(node.lines,
                      [&](const std::string& line) { return std::ranges::count(kept, name_of(line)) == 0; });
        for (std::string& line : node.lines) {
            const std::string_view all = line;
            const auto type = uppered(all.substr(0, all.find(':'))).find(";VALUE=");
            const auto end = type == std::string::npos ? type : all.find_first_of(";:", type + 1);
            line = std::string(all.substr(0, all.find_first_of(";:"))) +
                   (type == std::string::npos ? "" : std::string(all.substr(type, end - type))) +
                   std::string(all.substr(all.find(':')));
        }
    };
    for (Node& zone : calendar.children) {
        if (!is_zone(zone)) continue;
        reduce(zone);
        std::ranges::for_each(zone.children, reduce);
    }
    return calendar;
}

}  // namespace

TEST_CASE("what is sound is written with the properties, parameters and values that it was read with") {
    Generator generator(20261121);
    for (int round = 0; round < rounds; ++round) {
        const Node message = generator.message(uid(round), generator.below(4));
        const std::string text = generator.written(message);
        INFO(text);
        REQUIRE(parsed::is_sound(text));
        REQUIRE(shown(node_of(text)) == shown(message));
        check_written_again(text);
    }
    for (const std::string& text : samples()) {
        INFO(text);
        check_written_again(text);
        for (const Node& node : nodes_of(text))
            check_written_again(generator.written(node));
    }
}

TEST_CASE("libical reads the same in what is written as in what came in") {
    load_zones();
    Generator generator(20261122);
    for (int round = 0; round < rounds; ++round) {
        const std::string text = generator.written(generator.message(uid(round), generator.below(4)));
        INFO(text);
        CHECK(shown(as_libical_reads(write_document(parsed::calendar(text)))) == shown(as_libical_reads(text)));
    }
    for (const std::string& text : samples()) {
        const auto read = parsed::read(text);
        if (!read || read->calendars.size() != 1) continue;
        INFO(text);
        CHECK(shown(as_libical_reads(write_document(read->calendars.front()))) == shown(as_libical_reads(text)));
    }
}

TEST_CASE("what libical keeps as it is, it reads in what is written as it was generated") {
    load_zones();
    Generator generator(20261123, Content::kept_by_libical);
    for (int round = 0; round < rounds; ++round) {
        const Node message = generator.message(uid(round), generator.below(4));
        const std::string text = generator.written(message);
        INFO(text);
        const std::string written = write_document(parsed::calendar(text));
        CHECK(shown(in_libicals_way(as_libical_reads(written))) == shown(in_libicals_way(message)));
    }
}

TEST_CASE("a message carries all that its part said of its event, and of its time zones what tells the clock") {
    load_zones();
    Generator generator(20261124);
    for (int round = 0; round < rounds; ++round) {
        const Node message = generator.message(uid(round), generator.below(4));
        const std::string text = generator.written(message);
        INFO(text);
        const auto read = read_itip(text, "request", {}, {});
        REQUIRE_MESSAGE(read.has_value(), read.error().detail);
        REQUIRE(read->size() == 1);
        CHECK(shown(node_of(read->front().content)) == shown(with_clocks_alone(message)));
    }
    int messages = 0;
    for (const std::string& text : samples()) {
        const auto read = read_itip(text, std::nullopt, {}, {});
        if (!read || !read->front().dropped.empty()) continue;
        INFO(text);
        const auto nodes = nodes_of(text);
        Node whole = nodes.front();
        for (std::size_t i = 1; i < nodes.size(); ++i) {
            for (const std::string& line : nodes[i].lines)
                if (std::ranges::count(whole.lines, name_of(line), name_of) == 0) whole.lines.push_back(line);
            std::ranges::copy(nodes[i].children, std::back_inserter(whole.children));
        }
        for (const ItipMessage& message : *read) {
            Node expected = whole;
            for (std::string& line : expected.lines)
                if (name_of(line) == "METHOD") line.replace(line.find(':') + 1, line.npos, word(message.method));
            std::erase_if(expected.children, [&](const Node& child) {
                return !is_zone(child) && trimmed(value_of(child, "UID")) != message.uid;
            });
            std::ranges::stable_partition(expected.children, is_zone);
            for (Node& child : expected.children)
                if (const std::string tzid = value_of(child, "TZID");
                    is_zone(child) && kind_of_tzid(tzid) == Reading::Tzid::place)
                    child = {child.name, {"TZID:" + tzid}, {}};
            for (Node& child : expected.children)
                for (std::string& line : child.lines)
                    if (const auto tzid = line.find(";TZID=Etc/GMT:"); tzid != std::string::npos && line.ends_with('Z'))
                        line.erase(tzid, line.find(':') - tzid);
            CHECK(shown(node_of(message.content)) == shown(with_clocks_alone(expected)));
            ++messages;
        }
    }
    CHECK(messages > 300);
}
