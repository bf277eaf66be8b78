#include <filesystem>
#include <string>

#include <doctest/doctest.h>

#include "policy/config/config.h"
#include "tests/support/process.h"

namespace {

constexpr const char* users = "users: [{domain: {domains: [example.com]}}]\n";
constexpr const char* backends = "backends: {default: {type: vdir, path: 'x/{user}'}}\n";

/// The warnings of a configuration with this text, a line each; its mistakes when it has errors.
std::string warnings(const std::string& text) {
    const tests::TemporaryFolder folder;
    const auto file = folder.path() / "c.yaml";
    tests::write_text(file, text);
    const auto config = policy::config::read_config(file);
    std::string lines;
    for (const auto& mistake : config ? config->warnings : config.error())
        lines += mistake.text().substr(folder.path().native().size() + 1) + "\n";
    return lines;
}

/// What is said of the second of two rules, but for senders that are not proven; with no rule of that name in it
/// nothing is.
std::string of_rules(const std::string& first, const std::string& second) {
    auto text = warnings(std::string(users) + backends + "policy:\n  - {name: a, " + first + "}\n  - {name: b, " +
                         second + "}\n");
    for (auto at = text.find("not proven"); at != std::string::npos; at = text.find("not proven")) {
        const auto start = text.rfind('\n', at) + 1;
        text.erase(start, text.find('\n', at) + 1 - start);
    }
    const std::string prefix = "c.yaml:5:5: warning: rule 'b' ";
    if (text.empty() || !text.starts_with(prefix)) return text;
    return text.substr(prefix.size(), text.find_first_of(":(\n", prefix.size()) - prefix.size());
}

}  // namespace

TEST_CASE("a rule that can never do anything is a warning") {
    const std::string spam = "if: {spam: true}, then: ignore";
    const std::string shadowed = "never matches";
    const struct {
        std::string sentence;
        std::string first, second, want;
    } rows[] = {
        {"two rules that have nothing to do with each other", spam, "if: {method: REQUEST}, then: apply", ""},
        {"the same condition again", spam, "if: {spam: true}, then: hold", shadowed},
        {"a narrower one behind a wider one", spam, "if: {method: REQUEST, spam: true}, then: apply", shadowed},
        {"a wider one behind a narrower one", "if: {method: REQUEST, spam: true}, then: ignore",
         "if: {spam: true}, then: ignore", ""},
        {"fewer of the methods", "if: {method: [REQUEST, ADD]}, then: apply", "if: {method: ADD}, then: apply",
         shadowed},
        {"more of the methods", "if: {method: ADD}, then: apply", "if: {method: [REQUEST, ADD]}, then: apply", ""},
        {"behind one that always matches", "if: {any: [{spam: true}, {spam: false}]}, then: ignore",
         "if: {method: REQUEST}, then: apply", shadowed},
        {"behind all of a closed set", "if: {recipient_is: [organizer, attendee, list, none]}, then: ignore",
         "if: {method: REQUEST}, then: apply", shadowed},
        {"each of two alternatives was decided", "if: {any: [{spam: true}, {method: ADD}]}, then: ignore",
         "if: {any: [{method: ADD}, {spam: true}]}, then: apply", shadowed},
        {"the opposite in other words", "if: {not: {spam: false}}, then: ignore", "if: {spam: true}, then: apply",
         shadowed},
        {"what the earlier one leaves", "if: {not: {method: REQUEST}}, then: ignore",
         "if: {method: REQUEST}, then: apply", ""},
        {"a sender may be several things", spam,
         "if: {all: [{sender_is: organizer}, {sender_is: attendee}]}, then: apply", ""},
        {"a message has one method", spam, "if: {all: [{method: REQUEST}, {method: REPLY}]}, then: apply", shadowed},
        {"yes and no", spam, "if: {known_uid: true, not: {known_uid: true}}, then: apply", shadowed},
        {"hazards and none", spam, "if: {all: [{hazards: none}, {hazards: far_future}]}, then: apply", shadowed},
        {"a method that is never applied", spam, "if: {method: [COUNTER, REFRESH]}, then: apply",
         "never changes a calendar"},
        {"one that is among others", spam, "if: {method: [COUNTER, REPLY]}, then: apply", ""},
        {"one that is held", spam, "if: {method: COUNTER}, then: hold", ""},
        {"invitations from strangers to the event", spam, "if: {method: REQUEST, sender_is: other}, then: apply",
         "accepts no new event"},
        {"strangers to the message, not to the event", spam,
         "if: {sender_is: other, sender_matches_stored: true}, then: apply", ""},
        {"strangers among others", spam, "if: {sender_is: [organizer, other]}, then: apply", ""},
        {"what is not held", spam, "if: {sender_is: other}, then: hold", "never holds a message"},
        {"what is ignored", spam, "if: {sender_is: other}, then: ignore", ""},
    };
    for (const auto& [sentence, first, second, want] : rows) {
        CAPTURE(sentence);
        CHECK(of_rules(first, second) == want);
    }
}

TEST_CASE("a rule that applies what anybody may have sent is a warning") {
    const struct {
        std::string rules;
        bool warned;
    } rows[] = {
        {"{name: a, if: {method: REQUEST}, then: apply}", true},
        {"{name: a, if: {method: REQUEST, sender: '*@example.net'}, then: apply}", true},
        {"{name: a, if: {method: REQUEST, address_book: true}, then: apply}", true},
        {"{name: a, if: {any: [{authenticated: true}, {known_uid: true}]}, then: apply}", true},
        {"{name: a, if: {method: REQUEST}, then: {calendar: apply}}", true},
        {"{name: a, if: {method: REQUEST}, then: hold}", false},
        {"{name: a, if: {method: REQUEST, authenticated: true}, then: apply}", false},
        {"{name: a, if: {all: [{method: REQUEST}, {not: {authenticated: false}}]}, then: apply}", false},
        {"{name: a, if: {submitted: true}, then: apply}", false},
        {"{name: a, if: {signed_by: example.net}, then: apply}", false},
        {"{name: a, if: {authenticated: false}, then: ignore}, {name: b, if: {method: REQUEST}, then: apply}", false},
        {"{name: a, if: {spam: true}, then: ignore}, {name: b, if: {method: REQUEST}, then: apply}", true},
    };
    for (const auto& [rules, warned] : rows) {
        CAPTURE(rules);
        const auto text = warnings(std::string(users) + backends + "policy: [" + rules + "]\n");
        CHECK_MESSAGE((text.find("applies messages whose sender is not proven") != std::string::npos) == warned, text);
    }
}

TEST_CASE("a warning stops nothing, and stands beside errors") {
    const std::string rules = "policy:\n  - {name: a, if: {sender_is: other}, then: hold}\n";
    const auto text = warnings(std::string(users) + backends + rules);
    CHECK(text ==
          "c.yaml:4:5: warning: rule 'a' never holds a message: what a sender who is not a party to the event sends "
          "('sender_is: other') is not held\n");
    const std::string book =
        "address_books: [{type: carddav, url: \"http://dav.example.org/\", username: u, "
        "password_file: p}]\n";
    const auto both = warnings(std::string(users) + backends + "policy: []\n" + book + "no_key: 1\n");
    CHECK_MESSAGE(both.find("warning: ") != std::string::npos, both);
    CHECK_MESSAGE(both.find("unknown key 'no_key'") != std::string::npos, both);
}

TEST_CASE("a password that anybody on the way can read is a warning") {
    const struct {
        std::string sentence;
        std::string backend;
        bool warned;
    } rows[] = {
        {"plain", "url: 'http://dav.example.org/{user}/', username: u, password_file: p", true},
        {"encrypted", "url: 'https://dav.example.org/{user}/', username: u, password_file: p", false},
        {"no password", "url: 'http://dav.example.org/{user}/'", false},
        {"on this host", "url: 'http://127.0.0.1:5232/{user}/', username: u, password_file: p", false},
        {"named like this host", "url: 'http://localhost.example.org/{user}/', username: u, password_file: p", true},
    };
    for (const auto& [sentence, backend, warned] : rows) {
        CAPTURE(sentence);
        const auto text =
            warnings(std::string(users) + "backends: {default: {type: caldav, " + backend + "}}\npolicy: []\n");
        const std::string warning =
            "c.yaml:2:41: warning: the password is sent unencrypted to 'backends.default.url'; use https://\n";
        CHECK(text == (warned ? warning : ""));
    }
}

TEST_CASE("the configuration that is shipped has no warnings") {
    const auto config = policy::config::read_config(std::filesystem::path(SOURCE_DIR) / "etc" / "imip-milter.yaml");
    REQUIRE(config);
    for (const auto& warning : config->warnings)
        FAIL_CHECK(warning.text());
}

TEST_CASE("a backend that leads several users to one calendar is a warning") {
    const std::string one = "users: [{static: [{user: bob, addresses: [bob@example.com]}]}]\n";
    const std::string two =
        "users: [{static: [{user: bob, addresses: [bob@example.com], calendar: {backend: own}}, {user: alice, "
        "addresses: "
        "[alice@example.com]}, {user: dave, addresses: [dave@example.com]}]}]\n";
    const std::string folder = "backends: {default: {type: vdir, path: /c}}\n";
    const auto server = [](const std::string& more) {
        return "backends: {default: {type: caldav, url: https://dav.example.com/home/" + more + "}}\n";
    };
    const auto said = [](const std::string& place, const std::string& key) {
        return "c.yaml:" + place + ": warning: 'backends." + key +
               "' is the same for all users, so the invitations of all go into one calendar; add a placeholder such as "
               "{user}\n";
    };
    const struct {
        std::string sentence;
        std::string users, backends, want;
    } rows[] = {
        {"one user", one, folder, ""},
        {"one user and a server", one, server(""), ""},
        {"everybody in a domain", users, folder, said("2:40", "default.path")},
        {"everybody in a domain, with a server", users, server(""), said("2:41", "default.url")},
        {"a user, and everybody in a domain",
         "users: [{static: [{user: bob, addresses: [bob@example.com]}]}, {domain: {domains: [example.com]}}]\n", folder,
         said("2:40", "default.path")},
        {"two of three", two, "backends: {default: {type: vdir, path: /c}, own: {type: vdir, path: /o}}\n",
         said("2:40", "default.path")},
        {"a folder of each domain", users, "backends: {default: {type: vdir, path: \"/c/{domain}\"}}\n",
         said("2:40", "default.path")},
        {"a folder of each user", users, "backends: {default: {type: vdir, path: \"/c/{local}\"}}\n", ""},
        {"a calendar of each user", users, server(", calendar: \"{user}\""), ""},
        {"a login of each user", users, server(", username: \"{user}\", password_file: /p"), ""},
        {"one login for all", users, server(", username: imip, password_file: /p"), said("2:41", "default.url")},
        {"a backend that no user has", users,
         "backends: {default: {type: vdir, path: \"/c/{user}\"}, own: {type: vdir, path: /o}}\n", ""},
    };
    for (const auto& row : rows) {
        CAPTURE(row.sentence);
        CHECK_EQ(warnings(row.users + row.backends + "policy: []\n"), row.want);
    }
}
