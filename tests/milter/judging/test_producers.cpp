#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "milter/mail/inspect.h"
#include "tests/milter/mail/messages.h"

// Every tests/data/producers/NAME.eml has the shape that one program gives its messages, written after its known
// structure. NAME.json beside it says what is to be found in it:
//
//     {"producer": "...", "about": "...", "extract": a part of what `imipctl extract --json` prints}
//
// Of an object only the keys that are named are compared; a list is compared as a whole.
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

fs::path folder() {
    return fs::path(TEST_DATA) / "producers";
}

std::vector<std::string> names(const std::string& extension) {
    std::vector<std::string> out;
    for (const auto& entry : fs::directory_iterator(folder()))
        if (entry.path().extension() == extension) out.push_back(entry.path().stem().string());
    std::sort(out.begin(), out.end());
    return out;
}

json expectation(const std::string& name) {
    return json::parse(messages::read(folder() / (name + ".json")));
}

/// Each place where `got` is not as expected, a line each.
void compare(const json& expected, const json& got, const std::string& place, std::string& differences) {
    if (expected.is_object() && got.is_object()) {
        for (const auto& [key, value] : expected.items()) {
            if (got.contains(key))
                compare(value, got.at(key), place + "/" + key, differences);
            else
                differences += place + "/" + key + ": is absent\n";
        }
    } else if (expected.is_array() && got.is_array() && expected.size() == got.size()) {
        for (std::size_t i = 0; i < expected.size(); ++i)
            compare(expected.at(i), got.at(i), place + "/" + std::to_string(i), differences);
    } else if (expected != got) {
        differences += place + ": expected " + expected.dump() + ", got " + got.dump() + "\n";
    }
}

std::string differences(const json& expected, const json& got) {
    std::string out;
    compare(expected, got, "", out);
    return out;
}

}  // namespace

TEST_CASE("what the messages of known programs come to") {
    for (const std::string& name : names(".eml")) {
        INFO(name);
        if (!fs::exists(folder() / (name + ".json"))) continue;  // the next test says so
        const json expected = expectation(name);
        const json got = extraction(milter::mail::inspect(messages::read(folder() / (name + ".eml")), {}));
        CHECK(differences(expected.at("extract"), got) == "");
    }
}

TEST_CASE("every mail of a known program has its expectation, and there are many programs") {
    const std::vector<std::string> messages = names(".eml");
    const std::vector<std::string> expectations = names(".json");
    std::string alone;
    for (const std::string& name : messages)
        if (!std::binary_search(expectations.begin(), expectations.end(), name)) alone += name + ".eml ";
    for (const std::string& name : expectations)
        if (!std::binary_search(messages.begin(), messages.end(), name)) alone += name + ".json ";
    CHECK(alone == "");
    std::set<std::string> producers;
    for (const std::string& name : expectations) {
        INFO(name);
        const json expected = expectation(name);
        CHECK_FALSE(expected.at("about").get<std::string>().empty());
        CHECK_FALSE(expected.at("extract").at("parts").empty());
        producers.insert(expected.at("producer").get<std::string>());
    }
    CHECK(producers.size() >= 10);
}

TEST_CASE("the comparison with an expectation sees what differs") {
    const json got = {{"a", 1}, {"list", {1, 2}}, {"inner", {{"b", nullptr}, {"c", "x"}}}};
    CHECK(differences({{"a", 1}, {"inner", {{"c", "x"}}}}, got) == "");
    CHECK(differences({{"inner", {{"c", "y"}}}}, got) == "/inner/c: expected \"y\", got \"x\"\n");
    CHECK(differences({{"inner", {{"d", nullptr}}}}, got) == "/inner/d: is absent\n");
    CHECK(differences({{"list", {1}}}, got) == "/list: expected [1], got [1,2]\n");
    CHECK(differences({{"list", {2, 2}}}, got) == "/list/0: expected 2, got 1\n");
}
