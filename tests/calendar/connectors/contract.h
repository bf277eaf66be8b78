#pragma once

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/connectors/connector.h"
#include "tests/calendar/connectors/event.h"
#include "tests/calendar/results.h"

namespace tests {

inline const calendar::base::Owner bob{"bob", "bob@example.com"};

/// As it stands in a content line (RFC 5545 3.3.11).
inline std::string as_text(const std::string& uid) {
    std::string text;
    for (const char c : uid)
        text += (c == '\\' || c == ';' || c == ',' ? "\\" : "") + std::string(1, c);
    return text;
}

/// What every calendar promises (connector.h), asked of an empty one. Real servers write the text anew, so words are
/// looked for, not bytes.
inline void check_contract(calendar::connectors::Connector& calendar, const calendar::base::Owner& owner) {
    using namespace calendar::base;
    using namespace calendar::connectors;
    const std::vector<std::string> uids = {"plain@example.org",
                                           "040000008200E00074C5B7101A82E00800000000",
                                           "../../etc/passwd",
                                           "with space & <xml> \"q\" 'a' %2F?#",
                                           "\xC3\xBCml\xC3\xA4ut@example.org",
                                           std::string(255, 'l'),
                                           "{braces}",
                                           "semi;colon, and \\ backslash"};
    for (const auto& uid : uids) {
        INFO("UID: ", uid);
        const auto none = calendar.fetch(owner, uid);
        REQUIRE_MESSAGE(none.has_value(), said(none));
        CHECK_FALSE(none->has_value());

        auto stored = calendar.store(owner, uid, event(as_text(uid), "first"), std::nullopt);
        REQUIRE_MESSAGE(stored.has_value(), said(stored));
        const auto first = calendar.fetch(owner, uid);
        REQUIRE_MESSAGE(first.has_value(), said(first));
        REQUIRE(first->has_value());
        CHECK((*first)->content.find("SUMMARY:first") != std::string::npos);

        const auto twice = calendar.store(owner, uid, event(as_text(uid), "another"), std::nullopt);
        CHECK_MESSAGE(is<Conflict>(twice), said(twice));

        stored = calendar.store(owner, uid, event(as_text(uid), "second"), *first);
        REQUIRE_MESSAGE(stored.has_value(), said(stored));
        const auto stale = calendar.store(owner, uid, event(as_text(uid), "third"), *first);
        CHECK_MESSAGE(is<Conflict>(stale), said(stale));
        const auto stale_remove = calendar.remove(owner, uid, **first);
        CHECK_MESSAGE(is<Conflict>(stale_remove), said(stale_remove));

        const auto second = calendar.fetch(owner, uid);
        REQUIRE_MESSAGE(second.has_value(), said(second));
        REQUIRE(second->has_value());
        CHECK((*second)->name == (*first)->name);
        CHECK((*second)->content.find("SUMMARY:second") != std::string::npos);
    }
    for (const auto& uid : uids) {
        INFO("UID: ", uid);
        const auto last = calendar.fetch(owner, uid);
        REQUIRE_MESSAGE(last.has_value(), said(last));
        REQUIRE(last->has_value());
        auto removed = calendar.remove(owner, uid, **last);
        CHECK_MESSAGE(removed.has_value(), said(removed));
        removed = calendar.remove(owner, uid, **last);
        CHECK_MESSAGE(removed.has_value(), "removing again: ", said(removed));
        const auto gone = calendar.store(owner, uid, event(as_text(uid), "late"), *last);
        CHECK_MESSAGE(is<Conflict>(gone), said(gone));
        const auto none = calendar.fetch(owner, uid);
        REQUIRE_MESSAGE(none.has_value(), said(none));
        CHECK_FALSE(none->has_value());
    }
}

}  // namespace tests
