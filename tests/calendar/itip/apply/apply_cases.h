#pragma once

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

/// Every file under tests/data/apply is a case: what is in the calendar, the messages in turn, and what becomes of
/// each.
///
///     {"recipient": [...], "sender": "...", "options": {...}, "marks": [...], …}: see input_of()
///     === existing         the stored object; none: the event is unknown
///     === sender           of the messages that follow, where it is another
///     === deleted          its owner deletes the event before the message that follows
///     === message          a calendar part; then what is expected of it:
///     === expect KIND REASON
///     === object           the whole result
///     === has              content lines that the result has
///     === lacks            beginnings of content lines that it has not
///     === detail           pieces of the detail
///     === marks            the reply history after it
namespace apply_cases {

using Lines = std::vector<std::string>;

struct Step {
    std::string message;
    std::string sender;    // none: as in the head
    bool deleted = false;  // by the owner, before it
    std::string expected;  // "updated changed_event"
    std::optional<std::string> object;
    Lines has;
    Lines lacks;
    Lines detail;
    std::optional<nlohmann::json> marks;
};

struct Scenario {
    nlohmann::json head;
    std::optional<std::string> existing;
    std::vector<Step> steps;
};

inline std::string joined(const Lines& lines) {
    std::string text;
    for (const std::string& line : lines)
        text += line + "\r\n";
    return text;
}

inline Scenario read_scenario(const std::filesystem::path& file) {
    Scenario scenario;
    std::string name = "head";
    std::string sender;
    bool deleted = false;
    Lines lines;
    const auto finish = [&] {
        if (name == "head")
            scenario.head = nlohmann::json::parse(joined(lines));
        else if (name == "existing")
            scenario.existing = joined(lines);
        else if (name == "message")
            scenario.steps.push_back({joined(lines), sender, std::exchange(deleted, false), {}, {}, {}, {}, {}, {}});
        else if (name == "sender")
            sender = lines.at(0);
        else if (name == "deleted")
            deleted = true;
        else if (name.starts_with("expect "))
            scenario.steps.back().expected = name.substr(7);
        else if (name == "object")
            scenario.steps.back().object = joined(lines);
        else if (name == "has")
            scenario.steps.back().has = lines;
        else if (name == "lacks")
            scenario.steps.back().lacks = lines;
        else if (name == "detail")
            scenario.steps.back().detail = lines;
        else if (name == "marks")
            scenario.steps.back().marks = nlohmann::json::parse(joined(lines));
        else
            FAIL("unknown section: " << name);
        lines.clear();
    };
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("=== ")) {
            finish();
            name = line.substr(4);
        } else {
            lines.push_back(line);
        }
    }
    finish();
    return scenario;
}

}  // namespace apply_cases
