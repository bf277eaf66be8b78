#include <doctest/doctest.h>

#include "tests/milter/judging/world.h"

using calendar::itip::Address;
using policy::users::StaticOptions;
using tests::World;

namespace {

const std::string everything_in = "policy: [{name: all, if: {method: REQUEST}, then: apply}]\notherwise: ignore\n";

/// What becomes of an invitation for bob when a directory says this of him.
std::string decided(const std::string& preset, const std::string& backend) {
    World world(everything_in);
    policy::users::User bob{"bob", {*Address::parse("bob@example.com")}, preset, backend, {}};
    world.changeable().users = policy::users::Users({{StaticOptions{{bob}}}, ""});
    const auto judgement = world.judge(tests::event_mail("REQUEST"), {"bob@example.com"});
    REQUIRE(judgement.decisions.size() == 1);
    const auto& decision = judgement.decisions.front().decision;
    return decision.deferred ? "later: " + decision.because : std::string(word(decision.action.calendar));
}

}  // namespace

TEST_CASE("what a directory says of a user and the configuration does not have") {
    struct Row {
        std::string preset, backend, want;
    };
    const std::string later = "later: cannot look up recipient bob@example.com at the moment: ";
    const Row rows[] = {
        {"", "", "apply"},
        {"policy", "default", "apply"},
        {"Policy", "", later + "there is no preset 'Policy', which is bob's"},
        {"", "dav", later + "there is no backend 'dav', which is bob's"},
    };
    for (const auto& row : rows) {
        INFO("preset '", row.preset, "', backend '", row.backend, "'");
        CHECK(decided(row.preset, row.backend) == row.want);
    }
}
