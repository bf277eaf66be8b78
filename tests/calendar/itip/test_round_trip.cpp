#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <libical/ical.h>
#include <nlohmann/json.hpp>

#include "calendar/itip/apply.h"
#include "calendar/itip/document.h"
#include "calendar/itip/lint.h"
#include "calendar/itip/message.h"
#include "calendar/itip/text.h"
#include "calendar/itip/time_zone.h"
#include "tests/calendar/itip/texts.h"

// Any calendar object that passes the lint and is not touched by a rule comes out with the same properties, parameters
// and values as it went in. What went in and what came out is told here without the engine's reader and writer.
namespace {

using namespace calendar::itip;
namespace fs = std::filesystem;

using Lines = std::vector<std::string>;

/// A component as its content lines, unfolded.
struct Node {
    std::string name;  ///< upper case
    Lines lines;
    std::vector<Node> children;
};

/// The name of the property on a line, upper case.
std::string name_of(std::string_view line) {
    return uppered(line.substr(0, line.find_first_of(":;")));
}

/// The value of the first property of that name, of lines whose parameters have no colon.
std::string value_of(const Node& node, std::string_view name) {
    for (const std::string& line : node.lines)
        if (name_of(line) == name) return line.substr(line.find(':') + 1);
    return {};
}

void drop_lines(Node& node, std::initializer_list<std::string_view> names) {
    std::erase_if(node.lines, [&](const std::string& line) { return std::ranges::count(names, name_of(line)) > 0; });
}

/// Puts the line in the place of the one of its name, or adds it.
void put_line(Node& node, const std::string& line) {
    const auto found =
        std::ranges::find_if(node.lines, [&](const std::string& old) { return name_of(old) == name_of(line); });
    if (found == node.lines.end())
        node.lines.push_back(line);
    else
        *found = line;
}

/// As a component is written: BEGIN, properties, components, END; BEGIN and END in upper case.
void put_lines(const Node& node, Lines& out) {
    out.push_back("BEGIN:" + node.name);
    out.insert(out.end(), node.lines.begin(), node.lines.end());
    for (const Node& child : node.children)
        put_lines(child, out);
    out.push_back("END:" + node.name);
}

std::string shown(const Node& node) {
    Lines lines;
    put_lines(node, lines);
    std::string text;
    for (const std::string& line : lines)
        text += line + '\n';
    return text;
}

/// The content lines: RFC 5545 3.1 says that a line end with a blank or tab behind it is no line end.
Lines unfolded(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    Lines lines;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (!lines.empty() && (line.starts_with(' ') || line.starts_with('\t')))
            lines.back() += line.substr(1);
        else if (!line.empty())
            lines.emplace_back(line);
    }
    return lines;
}

/// The components of a text that the lint let pass.
std::vector<Node> nodes_of(std::string_view text) {
    std::vector<Node> open{{}};
    for (const std::string& line : unfolded(text)) {
        const std::string name = name_of(line);
        const std::string value = uppered(trimmed(std::string_view(line).substr(line.find(':') + 1)));
        if (name == "BEGIN") {
            open.push_back({value, {}, {}});
        } else if (name == "END") {
            REQUIRE(open.size() > 1);
            REQUIRE(open.back().name == value);
            Node closed = std::move(open.back());
            open.pop_back();
            open.back().children.push_back(std::move(closed));
        } else {
            open.back().lines.push_back(line);
        }
    }
    REQUIRE(open.size() == 1);
    return std::move(open.front().children);
}

Node node_of(std::string_view text) {
    auto nodes = nodes_of(text);
    REQUIRE(nodes.size() == 1);
    return std::move(nodes.front());
}

Node node_of(const Component& component) {
    Node node{component.name, {}, {}};
    for (const Property& property : component.properties) {
        std::string line = property.name;
        for (const Parameter& parameter : property.parameters)
            line += ';' + parameter.name + '=' + parameter.value;
        node.lines.push_back(line + ':' + property.value);
    }
    for (const Component& child : component.components)
        node.children.push_back(node_of(child));
    return node;
}

std::string uid(int number) {
    return "series-" + std::to_string(number) + "@example.org";
}

/// What may stand in an object: anything that the lint lets pass, or what libical 3.0.16 keeps as it is, which is less.
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
        static constexpr std::array<const char*, 14> names{
            "SUMMARY", "DESCRIPTION", "location",   "Comment",         "X-WR-NOTE",     "x-moz-lastack", "NON-STANDARD",
            "CONTACT", "RESOURCES",   "CATEGORIES", "STRUCTURED-DATA", "X-UNDER_SCORE", "LAST-MODIFIED", "RELATED-TO"};
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
                return "GEO:48.2;16.3";
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
        for (auto count = below(most + 1); count > 0; --count)
            node.lines.insert(node.lines.begin() + static_cast<std::ptrdiff_t>(below(node.lines.size() + 1)),
                              free_line());
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

LintLimits stored_limits() {
    LintLimits limits;
    limits.bytes *= 10;
    return limits;
}

/// Read, written and read again, whoever reads it.
void check_written_again(const std::string& text) {
    const auto calendars = parse_document(text);
    REQUIRE(calendars);
    const auto before = nodes_of(text);
    REQUIRE(calendars->size() == before.size());
    for (std::size_t i = 0; i < before.size(); ++i) {
        const std::string expected = shown(before[i]);
        CHECK(shown(node_of((*calendars)[i])) == expected);
        const std::string written = write_document((*calendars)[i]);
        CHECK(shown(node_of(written)) == expected);
        CHECK(lint(written, stored_limits()).has_value());
        const auto again = parse_document(written);
        REQUIRE(again);
        REQUIRE(again->size() == 1);
        CHECK(shown(node_of(again->front())) == expected);
        CHECK(write_document(again->front()) == written);
    }
}

std::string read_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<fs::path> files(const char* folder) {
    std::vector<fs::path> all;
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(TEST_DATA) / folder))
        if (entry.is_regular_file()) all.push_back(entry.path());
    std::ranges::sort(all);
    return all;
}

/// A case under tests/data/apply, its calendar objects only.
struct Scenario {
    fs::path file;
    nlohmann::json head;
    std::string existing;  ///< empty: none
    Lines messages;
    Lines objects;  ///< expected results
};

std::vector<Scenario> scenarios() {
    std::vector<Scenario> all;
    for (const fs::path& file : files("apply")) {
        Scenario scenario{file, {}, {}, {}, {}};
        std::string text = read_file(file);
        for (std::size_t at = 0; at < text.size();) {
            const auto next = std::min(text.find("\n=== ", at), text.size() - 1);
            const std::string section = text.substr(at, next + 1 - at);
            const std::string title = section.substr(0, section.find('\n'));
            const std::string body = section.substr(std::min(title.size() + 1, section.size()));
            if (at == 0)
                scenario.head = nlohmann::json::parse(section);
            else if (title == "=== existing")
                scenario.existing = body;
            else if (title == "=== message")
                scenario.messages.push_back(body);
            else if (title == "=== object")
                scenario.objects.push_back(body);
            at = next + 1;
        }
        all.push_back(std::move(scenario));
    }
    return all;
}

std::string from_base64(std::string_view text) {
    static constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    unsigned bits = 0;
    int count = 0;
    for (const char c : text) {
        const auto digit = digits.find(c);
        if (digit == std::string_view::npos) continue;
        bits = bits << 6 | static_cast<unsigned>(digit);
        if ((count += 6) >= 8) out += static_cast<char>(bits >> (count -= 8) & 0xff);
    }
    return out;
}

std::string from_quoted_printable(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto rest = text.substr(i + 1);
        if (text[i] != '=')
            out += text[i];
        else if (rest.starts_with('\n'))
            i += 1;
        else if (rest.starts_with("\r\n"))
            i += 2;
        else
            out += static_cast<char>(std::stoi(std::string(rest.substr(0, 2)), nullptr, 16)), i += 2;
    }
    return out;
}

/// The text/calendar parts of a mail: a header block that says so, and what is behind it up to a boundary.
Lines calendar_parts(const std::string& mail) {
    Lines parts;
    const std::string small = lowered(mail);
    for (auto at = small.find("\ncontent-type: text/calendar"); at != std::string::npos;
         at = small.find("\ncontent-type: text/calendar", at + 1)) {
        const bool crlf = small.find("\r\n") != std::string::npos;
        const std::string blank = crlf ? "\r\n\r\n" : "\n\n";
        auto begin = small.rfind(blank, at);
        const auto boundary = small.rfind("\n--", at);
        begin = std::max(begin == std::string::npos ? 0 : begin, boundary == std::string::npos ? 0 : boundary);
        const auto body = small.find(blank, at);
        if (body == std::string::npos) continue;
        const std::string header = small.substr(begin, body - begin);
        const auto end = std::min(small.find("\n--", body), small.size());
        const std::string text = mail.substr(body + blank.size(), end - std::min(end, body + blank.size()));
        if (header.find("base64") != std::string::npos)
            parts.push_back(from_base64(text));
        else if (header.find("quoted-printable") != std::string::npos)
            parts.push_back(from_quoted_printable(text));
        else
            parts.push_back(text);
    }
    return parts;
}

/// Every calendar object of tests/data that passes the lint.
const Lines& samples() {
    static const Lines all = [] {
        Lines found;
        for (const Scenario& scenario : scenarios()) {
            found.push_back(scenario.existing);
            std::ranges::copy(scenario.messages, std::back_inserter(found));
            std::ranges::copy(scenario.objects, std::back_inserter(found));
        }
        for (const fs::path& file : files("itip-read"))
            found.push_back(read_file(file));
        const auto before = found.size();
        for (const char* const folder : {"producers", "mail"})
            for (const fs::path& file : files(folder))
                if (file.extension() == ".eml")
                    std::ranges::copy(calendar_parts(read_file(file)), std::back_inserter(found));
        REQUIRE(found.size() > before + 45);
        std::erase_if(found, [](const std::string& text) { return !lint(text, {}); });
        REQUIRE(found.size() > 800);
        return found;
    }();
    return all;
}

Address address(const std::string& text) {
    return Address::parse(text).value();
}

ApplyInput input_for(const Node& message, const char* recipient = "bob@example.com") {
    ApplyInput input;
    input.recipient = {address(recipient)};
    Lines lines;
    put_lines(message, lines);
    for (const std::string& line : lines)
        input.message += line + "\r\n";
    return input;
}

bool is_zone(const Node& node) {
    return node.name == "VTIMEZONE";
}

bool is_override(const Node& node) {
    return !value_of(node, "RECURRENCE-ID").empty();
}

/// What SEMANTICS 4 and 8 make of a message for a new event.
Node stored_form(Node message, bool strip_alarms) {
    Lines all;
    for (const Node& child : message.children)
        if (!is_zone(child)) put_lines(child, all);
    drop_lines(message, {"METHOD", "X-LIC-ERROR"});
    put_line(message, "VERSION:2.0");
    if (value_of(message, "PRODID").empty()) put_line(message, "PRODID:-//imip-milter//EN");
    std::erase_if(message.children, [&](const Node& child) {
        if (!is_zone(child)) return false;
        const std::string tzid = value_of(child, "TZID");
        const bool used = std::ranges::any_of(all, [&](const std::string& line) {
            return uppered(line).find(";TZID=" + uppered(tzid)) != std::string::npos ||
                   uppered(line).find(";TZID=\"" + uppered(tzid) + '"') != std::string::npos;
        });
        return !used || system_zone(tzid, 0).has_value();
    });
    for (Node& child : message.children) {
        if (is_zone(child)) continue;
        drop_lines(child, {"REQUEST-STATUS", "X-LIC-ERROR"});
        for (Node& inner : child.children)
            drop_lines(inner, {"X-LIC-ERROR"});
        if (strip_alarms) std::erase_if(child.children, [](const Node& inner) { return inner.name == "VALARM"; });
    }
    std::ranges::stable_partition(message.children,
                                  [](const Node& child) { return is_zone(child) || !is_override(child); });
    std::ranges::stable_partition(message.children, is_zone);
    return message;
}

/// Without the system's zones.
Node without_system_zones(Node calendar) {
    std::erase_if(calendar.children, [](const Node& child) {
        return is_zone(child) && system_zone(value_of(child, "TZID"), 0).has_value();
    });
    return calendar;
}

void check_new_event(const ApplyInput& without_options) {
    for (const bool strip_alarms : {true, false}) {
        ApplyInput input = without_options;
        input.options.strip_alarms = strip_alarms;
        const Outcome outcome = apply(input);
        INFO(outcome.detail);
        REQUIRE(outcome.kind == Outcome::Kind::created);
        CHECK(shown(without_system_zones(node_of(*outcome.object))) ==
              shown(stored_form(node_of(input.message), strip_alarms)));
        check_written_again(*outcome.object);
        input.stored = outcome.object;
        const Outcome again = apply(input);
        CHECK(again.kind == Outcome::Kind::unchanged);
        CHECK(again.object == outcome.object);
    }
}

/// The message with this one part of the series only.
Node with_only(Node message, const Node& part) {
    std::erase_if(message.children, [](const Node& child) { return !is_zone(child); });
    message.children.push_back(part);
    return message;
}

/// The texts of the components of a series, as they stand in a written object.
Lines blocks(const std::string& object, const std::string& kind) {
    Lines all;
    const std::string begin = "BEGIN:" + kind + "\r\n", end = "END:" + kind + "\r\n";
    for (auto at = object.find(begin); at != std::string::npos; at = object.find(begin, at + 1))
        all.push_back(object.substr(at, object.find(end, at) + end.size() - at));
    return all;
}

constexpr int rounds = 60;

}  // namespace

TEST_CASE("what passes the lint is written with the properties, parameters and values that it was read with") {
    Generator generator(20261121);
    for (int round = 0; round < rounds; ++round) {
        const Node message = generator.message(uid(round), generator.below(4));
        const std::string text = generator.written(message);
        INFO(text);
        const auto linted = lint(text, stored_limits());
        REQUIRE_MESSAGE(linted.has_value(), linted.error().detail);
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
        CHECK(shown(as_libical_reads(write_document(parse_document(text)->front()))) == shown(as_libical_reads(text)));
    }
    for (const std::string& text : samples()) {
        const auto calendars = parse_document(text);
        if (!calendars || calendars->size() != 1) continue;
        INFO(text);
        CHECK(shown(as_libical_reads(write_document(calendars->front()))) == shown(as_libical_reads(text)));
    }
}

TEST_CASE("what libical keeps as it is, it reads in what is written as it was generated") {
    load_zones();
    Generator generator(20261123, Content::kept_by_libical);
    for (int round = 0; round < rounds; ++round) {
        const Node message = generator.message(uid(round), generator.below(4));
        const std::string text = generator.written(message);
        INFO(text);
        const std::string written = write_document(parse_document(text)->front());
        CHECK(shown(in_libicals_way(as_libical_reads(written))) == shown(in_libicals_way(message)));
    }
}

TEST_CASE("a message carries all that its part said of its event") {
    load_zones();
    Generator generator(20261124);
    for (int round = 0; round < rounds; ++round) {
        const Node message = generator.message(uid(round), generator.below(4));
        const std::string text = generator.written(message);
        INFO(text);
        const auto read = read_itip(text, "request", {}, {});
        REQUIRE_MESSAGE(read.has_value(), read.error().detail);
        REQUIRE(read->size() == 1);
        CHECK(shown(node_of(read->front().content)) == shown(message));
    }
    int messages = 0;
    for (const std::string& text : samples()) {
        const auto read = read_itip(text, std::nullopt, {}, {});
        if (!read) continue;
        INFO(text);
        const auto nodes = nodes_of(text);
        Node whole = nodes.front();
        for (std::size_t i = 1; i < nodes.size(); ++i)
            std::ranges::copy(nodes[i].children, std::back_inserter(whole.children));
        for (const ItipMessage& message : *read) {
            Node expected = whole;
            for (std::string& line : expected.lines)
                if (name_of(line) == "METHOD") line.replace(line.find(':') + 1, line.npos, word(message.method));
            std::erase_if(expected.children, [&](const Node& child) {
                return !is_zone(child) && trimmed(value_of(child, "UID")) != message.uid;
            });
            std::ranges::stable_partition(expected.children, is_zone);
            CHECK(shown(node_of(message.content)) == shown(expected));
            ++messages;
        }
    }
    CHECK(messages > 300);
}

TEST_CASE("a new event is stored as it came, less what SEMANTICS 4 and 8 name") {
    load_zones();
    Generator generator(20261125);
    for (int round = 0; round < rounds; ++round) {
        const Node message = generator.message(uid(round), generator.below(4));
        ApplyInput input = input_for(message);
        input.message = generator.written(message);
        INFO(input.message);
        check_new_event(input);
    }
    int messages = 0;
    for (const std::string& text : samples()) {
        const auto read = read_itip(text, std::nullopt, {}, {});
        if (!read) continue;
        for (const ItipMessage& message : *read) {
            if (message.method != Method::request) continue;
            ApplyInput input;
            input.message = message.content;
            for (const ObjectSummary& object : message.objects)
                for (const Party& party : object.attendees)
                    if (party.address != message.organizer()->address) input.recipient.push_back(party.address);
            if (apply(input).kind == Outcome::Kind::refused) continue;
            INFO(text);
            check_new_event(input);
            ++messages;
        }
    }
    CHECK(messages > 150);
}

TEST_CASE("what changes one instance leaves the series and the other instances line for line as they were") {
    load_zones();
    Generator generator(20261126);
    for (int round = 0; round < rounds; ++round) {
        const std::size_t overrides = 2 + generator.below(4);
        const Node message = generator.message(uid(round), overrides);
        Node stored = stored_form(message, generator.one_in(2));
        // As a program of the user wrote it, or as it is written here.
        const bool foreign = generator.one_in(2);
        const std::string text =
            foreign ? generator.written(stored) : write_document(parse_document(generator.written(stored))->front());
        const std::size_t day = 1 + generator.below(overrides);
        const std::size_t place = stored.children.size() - overrides - 1 + day;
        Node part = stored.children[place];
        put_line(part, "SEQUENCE:2");

        struct Change {
            const char* method;
            const char* recipient;
            const char* line;
        };
        for (const Change& change : {Change{"REQUEST", "bob@example.com", "SUMMARY:Moved"},
                                     Change{"CANCEL", "bob@example.com", "STATUS:CANCELLED"},
                                     Change{"REPLY", "carol@example.org", "COMMENT:I come"}}) {
            Node fresh = part;
            put_line(fresh, change.line);
            if (std::string_view(change.method) == "REPLY") {
                drop_lines(fresh, {"ATTENDEE"});
                fresh.lines.push_back("ATTENDEE;PARTSTAT=ACCEPTED:mailto:bob@example.com");
            }
            Node only = with_only(message, fresh);
            put_line(only, std::string("METHOD:") + change.method);
            ApplyInput input = input_for(only, change.recipient);
            input.stored = text;
            const Outcome outcome = apply(input);
            INFO(change.method, " of day ", day, ": ", outcome.detail, "\n", text);
            REQUIRE(outcome.kind == Outcome::Kind::updated);
            Node result = node_of(*outcome.object);
            REQUIRE(result.children.size() == stored.children.size());
            // A new version of an instance goes to the end.
            const auto changed = std::ranges::find_if(result.children, [&](const Node& child) {
                return value_of(child, "RECURRENCE-ID") == value_of(part, "RECURRENCE-ID") && !is_zone(child) &&
                       is_override(child);
            });
            REQUIRE(changed != result.children.end());
            CHECK(shown(*changed) != shown(part));
            result.children.erase(changed);
            Node rest = stored;
            rest.children.erase(rest.children.begin() + static_cast<std::ptrdiff_t>(place));
            CHECK(shown(result) == shown(rest));
            if (foreign) continue;
            const std::string kind = part.name;
            const Lines after = blocks(*outcome.object, kind);
            Lines before = blocks(text, kind);
            before.erase(before.begin() + static_cast<std::ptrdiff_t>(day));
            for (const std::string& block : before)
                CHECK_MESSAGE(std::ranges::count(after, block) == 1, block);
        }
    }
}

TEST_CASE("what is refused or changes nothing gives back the stored bytes") {
    load_zones();
    Generator generator(20261127);
    for (int round = 0; round < rounds; ++round) {
        const Node message = generator.message(uid(round), generator.below(3));
        const std::string text = generator.written(stored_form(message, generator.one_in(2)));
        const auto changed = [&](const char* line, const char* method = "REQUEST") {
            Node other = message;
            put_line(other, std::string("METHOD:") + method);
            for (Node& child : other.children)
                if (!is_zone(child) && *line != '\0') put_line(child, line);
            ApplyInput input = input_for(other);
            input.stored = text;
            return input;
        };
        std::vector<ApplyInput> inputs{changed(""),
                                       changed("SEQUENCE:0"),
                                       changed("DTSTAMP:20261121T010000Z"),
                                       changed("SEQUENCE:1", "PUBLISH"),
                                       changed("SEQUENCE:2", "COUNTER"),
                                       changed("SEQUENCE:2", "NONE"),
                                       changed("SEQUENCE:2000"),
                                       changed("ORGANIZER:mailto:mallory@example.org"),
                                       changed("UID:another@example.org"),
                                       changed("SEQUENCE:0", "CANCEL")};
        inputs.push_back(changed("SEQUENCE:2"));
        inputs.back().sender = address("mallory@example.org");
        inputs.push_back(changed("SEQUENCE:2"));
        inputs.back().recipient = {address("frank@example.com")};
        inputs.push_back(changed("ATTENDEE;PARTSTAT=ACCEPTED:mailto:mallory@example.org", "REPLY"));
        inputs.back().recipient = {address("carol@example.org")};
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            const Outcome outcome = apply(inputs[i]);
            INFO(i, ": ", word(outcome.kind), ' ', word(outcome.reason), "; ", outcome.detail);
            CHECK((outcome.kind == Outcome::Kind::unchanged || outcome.kind == Outcome::Kind::refused));
            CHECK(outcome.object == text);
        }
    }
    int idle = 0;
    for (const Scenario& scenario : scenarios()) {
        if (scenario.existing.empty() || !lint(scenario.existing, {})) continue;
        INFO(scenario.file.string());
        ApplyInput input;
        for (const auto& one : scenario.head.at("recipient"))
            input.recipient.push_back(address(one.get<std::string>()));
        if (scenario.head.contains("sender") && scenario.head.at("sender").is_string())
            input.sender = address(scenario.head.at("sender").get<std::string>());
        for (const std::string& message : scenario.messages) {
            const auto read = read_itip(message, std::nullopt, {}, {});
            if (!read) continue;
            input.message = read->front().content;
            input.stored = scenario.existing;
            const Outcome plain = apply(input);
            input.stored = generator.written(node_of(scenario.existing));
            const Outcome outcome = apply(input);
            CHECK(outcome.kind == plain.kind);
            CHECK(outcome.reason == plain.reason);
            if (outcome.kind == Outcome::Kind::unchanged || outcome.kind == Outcome::Kind::refused) {
                CHECK(outcome.object == input.stored);
                ++idle;
            } else {
                CHECK(outcome.object == plain.object);
            }
        }
    }
    CHECK(idle > 100);
}
