#pragma once

#include <array>
#include <random>
#include <string>

#include "tests/calendar/itip/nodes.h"
#include "tests/calendar/itip/texts.h"

/// Calendar objects that no program wrote yet.
namespace round_trip {

inline std::string uid(int number) {
    return "series-" + std::to_string(number) + "@example.org";
}

/// What may stand in an object: anything that is read without a loss, or what libical 3.0.16 keeps as it is, which is
/// less.
enum class Content { any, kept_by_libical };

/// Calendar objects, and ways to write them, that some program may come up with.
class Generator {
  public:
    explicit Generator(unsigned seed, Content content = Content::any) : random_(seed), content_(content) {}

    std::size_t below(std::size_t bound) { return random_() % bound; }
    bool one_in(std::size_t number) { return below(number) == 0; }

    template <std::size_t N>
    std::string among(const std::array<const char*, N>& words) {
        return words[below(N)];
    }

    std::string text(std::size_t pieces) {
        static constexpr std::array<const char*, 26> all{
            "a",      "Planning", " ",   "  ",     "\t",   "ä",   "日本語", "😀",           "e\u0301",
            "\u200f", "\\n",      "\\,", "\\;",    "\\\\", ":",   "\"",     ",",           ";",
            "^",      "^n",       "=",   "BEGIN:", "<b>",  "%0A", "'",      "\xEF\xBB\xBF"};
        static constexpr std::array<const char*, 7> kept{"Planning ", "ä", "日本語", "😀", "\\n", "\\\\", "'"};
        if (content_ == Content::kept_by_libical) {
            std::string result = "x";  // neither empty nor with a blank at an end
            for (std::size_t i = 0; i < pieces; ++i)
                result += among(kept);
            return result + 'x';
        }
        std::string result;
        for (std::size_t i = 0; i < pieces; ++i)
            result += among(all);
        return result;
    }

    /// A parameter's value with its quotes.
    std::string parameter_value() {
        if (content_ == Content::kept_by_libical)
            return among<3>({"\"Meyer; Klaus: der, 日本\"", "says 'yes'", "TRUE"});
        switch (below(8)) {
            case 0:
                return "";
            case 1:
                return "\"\"";
            case 2:
                return "\"mailto:dave@example.net\",\"mailto:eve@example.net\"";
            case 3:
                return "\"Meyer; Klaus: der, 日本\"";
            case 4:
                return "says ^'yes^'^n^^ and ^x";
            case 5:
                return "one,\"two;\",,three";
            case 6:
                return " ä ' \\n ";
            default:
                return "TRUE";
        }
    }

    std::string parameters(std::size_t most) {
        static constexpr std::array<const char*, 8> names{"X-FOO",  "x-foo", "X-Long_Name-9", "CUSTOM",
                                                          "ALTREP", "CN",    "language",      "FMTTYPE"};
        std::string text;
        for (auto count = below(most + 1); count > 0; --count)
            text += ';' + (content_ == Content::any ? among(names) : "X-P" + std::to_string(count)) + '=' +
                    parameter_value();
        return text;
    }

    std::string utc(std::size_t day) {
        const std::string in_month = std::to_string(101 + day % 28).substr(1);
        const std::string month = std::to_string(101 + day / 28 % 12).substr(1);
        return std::to_string(2027 + day / 28 / 12) + month + in_month + "T090000Z";
    }

    /// A property that no rule of scheduling looks at.
    std::string free_line() {
        static constexpr std::array<const char*, 13> names{
            "SUMMARY",         "DESCRIPTION",    "location",  "Comment",   "X-WR-NOTE",
            "x-moz-lastack",   "X-NON-STANDARD", "CONTACT",   "RESOURCES", "CATEGORIES",
            "STRUCTURED-DATA", "X-UNDER_SCORE",  "RELATED-TO"};
        if (content_ == Content::kept_by_libical && one_in(4)) return "DESCRIPTION:one\\, two\\; three\\\\";
        if (content_ == Content::kept_by_libical)
            return among<5>({"SUMMARY", "DESCRIPTION", "X-WR-NOTE", "COMMENT", "CONTACT"}) + parameters(9) + ':' +
                   text(below(one_in(5) ? 400 : 12));
        switch (below(20)) {
            case 0:
                return among(names) + ':';
            case 1:
                return "X-MANY" + repeated(";X-P", 64) + ":" + text(3);
            case 2:
                return "DESCRIPTION" + parameters(3) + ':' + text(400);
            case 3:
                return "ATTACH;ENCODING=BASE64;VALUE=BINARY:" + texts::repeated("QUJD", 3000);
            case 4:
                return among<2>({"GEO:48.2;16.3", "LAST-MODIFIED:20261121T020000Z"});
            case 5:
                return "X-WEIRD;ALTREP=\"cid:part1@example.org\"" + parameters(10) + ":://;:" + text(5);
            case 6:
                return "X-NO-FOLD:" + texts::repeated(among<3>({"ä", "日", "😀"}), 100 + below(4));
            case 7:
                return "SUMMARY:" + std::string(60 + below(20), 'x');
            default:
                return among(names) + parameters(2) + ':' + text(below(12));
        }
    }

    void add_free_lines(Node& node, std::size_t most) {
        for (auto count = below(most + 1); count > 0; --count) {
            const std::string line = free_line();
            if (stands_once(line) && std::ranges::count(node.lines, name_of(line), name_of) > 0) continue;
            node.lines.insert(node.lines.begin() + static_cast<std::ptrdiff_t>(below(node.lines.size() + 1)), line);
        }
    }

    Node alarm() {
        Node node{"VALARM", {"ACTION:DISPLAY", "TRIGGER;RELATED=START:-PT15M", "DESCRIPTION:" + text(4)}, {}};
        add_free_lines(node, 2);
        return node;
    }

    Node zone(const std::string& tzid) {
        Node standard{"STANDARD",
                      {"DTSTART:19701025T030000", "TZOFFSETFROM:+0230", "TZOFFSETTO:+0130",
                       "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10"},
                      {}};
        Node daylight{"DAYLIGHT",
                      {"DTSTART:19700329T020000", "TZOFFSETFROM:+0130", "TZOFFSETTO:+0230",
                       "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3", "X-NAME:" + text(3)},
                      {}};
        return {"VTIMEZONE", {"X-BEFORE" + parameters(2) + ':' + text(2), "TZID:" + tzid}, {standard, daylight}};
    }

    /// The part of a series that is the master (day 0), or the override of that day.
    Node component(const std::string& kind, const std::string& uid_value, const std::string& tzid, std::size_t day) {
        const auto at = [&](std::size_t of, const char* time) {
            std::string date = utc(of).substr(0, 9) + time;
            return tzid.empty()
                       ? ':' + date + 'Z'
                       : ";TZID=" + (tzid.find(':') == std::string::npos ? tzid : '"' + tzid + '"') + ':' + date;
        };
        Node node{kind,
                  {"UID:" + uid_value, "DTSTAMP:20261121T020000Z", "SEQUENCE:1",
                   "ORGANIZER" + party_parameters() + ":mailto:carol@example.org",
                   "ATTENDEE" + party_parameters() + ";PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:bob@example.com",
                   "attendee" + party_parameters() + ":MAILTO:Dave@Example.net", "DTSTART" + at(day, "090000")},
                  {}};
        if (kind != "VJOURNAL") node.lines.push_back((kind == "VEVENT" ? "DTEND" : "DUE") + at(day, "100000"));
        if (day > 0) {
            node.lines.push_back("RECURRENCE-ID" + at(day, "090000"));
        } else {
            node.lines.push_back("RRULE:FREQ=DAILY;COUNT=28");
            if (one_in(3))
                node.lines.push_back("RDATE;VALUE=PERIOD:20270301T090000Z/PT1H,20270302T090000Z/20270302T100000Z");
            if (one_in(3)) {
                std::string dates = "EXDATE:" + utc(100);
                for (std::size_t i = 1; i < 500; ++i)
                    dates += ',' + utc(100 + i);
                node.lines.push_back(dates);
            }
        }
        std::shuffle(node.lines.begin(), node.lines.end(), random_);
        add_free_lines(node, 12);
        if (one_in(4)) node.lines.push_back("REQUEST-STATUS:2.0;Success.");
        if (content_ == Content::any && one_in(4))
            node.lines.push_back("X-LIC-ERROR;X-LIC-ERRORTYPE=VALUE-PARSE-ERROR:No value");
        for (auto count = below(3); count > 0; --count)
            node.children.push_back(alarm());
        if (content_ == Content::any && one_in(3)) {
            node.children.push_back({"X-PARTICIPANT", {"X-A:" + text(3)}, {{"X-PLACE", {}, {}}}});
            add_free_lines(node.children.back(), 3);
        }
        return node;
    }

    /// A message of a series with overrides on the days from 1.
    Node message(const std::string& uid_value, std::size_t overrides) {
        static constexpr std::array<const char*, 3> kinds{"VEVENT", "VTODO", "VJOURNAL"};
        static constexpr std::array<const char*, 4> tzids{"", "Kundenzone 日本", "(GMT+01:30) Nowhere", "x"};
        const std::string kind = among(kinds);
        const std::string tzid = among(tzids);
        Node calendar{"VCALENDAR", {"VERSION:2.0", "PRODID:-//example.org//ä//EN", "METHOD:REQUEST"}, {}};
        add_free_lines(calendar, 4);
        if (!tzid.empty()) calendar.children.push_back(zone(tzid));
        for (std::size_t day = 0; day <= overrides; ++day)
            calendar.children.push_back(component(kind, uid_value, tzid, day));
        return calendar;
    }

    /// As text: folded anywhere, components among the properties, any line end, any case.
    std::string written(const Node& node) {
        crlf_ = one_in(2);
        std::string out = one_in(8) ? "\xEF\xBB\xBF" : "";
        write(out, node);
        return out;
    }

  private:
    static bool stands_once(std::string_view line) {
        static constexpr std::array<std::string_view, 5> names{"SUMMARY", "DESCRIPTION", "LOCATION", "GEO",
                                                               "LAST-MODIFIED"};
        return std::ranges::count(names, name_of(line)) > 0;
    }

    std::string repeated(std::string_view start, int times) {
        std::string text;
        for (int i = 0; i < times; ++i)
            text.append(start).append(std::to_string(i)).append("=").append(parameter_value());
        return text;
    }

    std::string party_parameters() {
        static constexpr std::array<const char*, 5> all{"", ";CN=\"Example, Bob\"", ";CN=Bob;X-NUM-GUESTS=0",
                                                        ";CUTYPE=INDIVIDUAL;X-ODD=\"a;b\"",
                                                        ";ROLE=CHAIR;CN=\"日本, ^'x^'\""};
        return among(all);
    }

    std::string any_case(std::string word) {
        if (one_in(2))
            for (char& c : word)
                if (one_in(2)) c = lower(c);
        return word;
    }

    void write_line(std::string& out, std::string_view line) {
        const std::string_view end = crlf_ ? "\r\n" : "\n";
        const auto style = below(4);  // not folded; at 75; at 75 without regard to characters; anywhere
        std::size_t room = style == 0 ? line.size() : style == 3 ? 1 + below(20) : 75;
        while (line.size() > std::min<std::size_t>(room, 8000)) {
            const auto cut = std::min<std::size_t>(room, 8000);
            out.append(line.substr(0, cut)).append(end).append(one_in(8) ? "\t" : " ");
            line.remove_prefix(cut);
            room = style == 3 ? 1 + below(90) : 74;
        }
        out.append(line).append(end);
        if (one_in(50)) out.append(end);
    }

    void write(std::string& out, const Node& node) {
        write_line(out, any_case("BEGIN") + ":" + any_case(node.name));
        std::size_t line = 0, child = 0;
        while (line < node.lines.size() || child < node.children.size()) {
            const bool now = line < node.lines.size() && (child == node.children.size() || !one_in(10));
            if (now)
                write_line(out, node.lines[line++]);
            else
                write(out, node.children[child++]);
        }
        write_line(out, any_case("END") + ":" + any_case(node.name));
    }

    std::mt19937 random_;
    Content content_;
    bool crlf_ = true;
};

}  // namespace round_trip
