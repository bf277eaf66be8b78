#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/milter/judging/hostile/attacks.h"

using namespace attacks;

// One assistant sends for many organizers. Bob knows Carol and Dave; Alice is in his own domain; he knows neither
// Mallory nor Frank.
namespace {

enum class There { nothing, names_assistant, names_nobody };

struct Row {
    const char* sentence;
    Mail assistant;
    std::string address;  // of the assistant
    std::string whom;     // the organizer
    There there;          // the event in the calendar
    std::string known, everyone;
};

const Mail alice{.from = "Alice <alice@example.com>", .signer = "example.com"};
const std::string carols = "carol@example.org";
const std::string franks = "frank@else.example";
const std::string of_people = "assistants of people I know: ";
const std::string of_our_own = "invitations by our own assistants: ";
const std::string change = "changes to events I know: updated changed_event";

std::string delivered(const std::string& preset, const Row& row, Mail mail, bool& foreseen) {
    House house(way::shipped(preset));
    if (row.there != There::nothing)
        house.put(carol.with_organizer(organizer(row.whom, row.there == There::names_assistant ? by(row.address) : ""))
                      .calendar(false));
    mail = mail.with_organizer(organizer(row.whom, by(row.address)));
    foreseen = house.judge(mail.text()).decisions.at(0).refused.has_value();
    return house.deliver(mail.text()).text();
}

}  // namespace

TEST_CASE("an assistant sends for whom the stored event says, else for whom the recipient knows if a rule says so") {
    const std::vector<Row> rows{
        {"a known one, for somebody known", dave, "dave@example.net", carols, There::nothing,
         of_people + "created new_event", ignored},
        {"a known one, for a stranger", dave, "dave@example.net", franks, There::nothing, ignored, ignored},
        {"a stranger, for somebody known", mallory, "mallory@evil.example", carols, There::nothing, ignored, ignored},
        {"a stranger, for a stranger", mallory, "mallory@evil.example", franks, There::nothing, ignored, ignored},
        {"one of our own, for somebody known", alice, "alice@example.com", carols, There::nothing,
         of_people + "created new_event", of_our_own + "created new_event"},
        {"one of our own, for a stranger", alice, "alice@example.com", franks, There::nothing, ignored, ignored},
        {"a known one whom the event names", dave, "dave@example.net", carols, There::names_assistant,
         of_people + "updated changed_event", change},
        {"the same, for a stranger", dave, "dave@example.net", franks, There::names_assistant, change, change},
        {"a stranger whom the event names", mallory, "mallory@evil.example", carols, There::names_assistant, change,
         change},
        {"a known one whom the event does not name", dave, "dave@example.net", carols, There::names_nobody,
         of_people + not_organizer, ignored},
        {"the same, for a stranger", dave, "dave@example.net", franks, There::names_nobody, ignored, ignored},
        {"a stranger whom the event does not name", mallory, "mallory@evil.example", carols, There::names_nobody,
         ignored, ignored},
        {"one of our own whom the event does not name", alice, "alice@example.com", carols, There::names_nobody,
         of_people + not_organizer, of_our_own + not_organizer},
    };
    for (const auto& row : rows) {
        INFO(std::string(row.sentence));
        const auto mail = row.there == There::nothing ? row.assistant : newer(row.assistant);
        for (const auto& [preset, want] : {std::pair("known", row.known), {"everyone", row.everyone}}) {
            INFO("preset ", std::string(preset));
            bool foreseen = false;
            CHECK_EQ(delivered(preset, row, mail, foreseen), want);
            CHECK_MESSAGE(foreseen == want.ends_with(not_organizer), "what is refused is never reported as queued");
        }
    }
}

TEST_CASE("an assistant cancels what the stored event lets them cancel") {
    const auto cancelled = cancellation + "updated cancelled_event";
    const std::vector<Row> rows{
        {"named by the event", dave, "dave@example.net", franks, There::names_assistant, cancelled, cancelled},
        {"named by the message only", dave, "dave@example.net", carols, There::names_nobody, ignored, ignored},
    };
    for (const auto& row : rows) {
        INFO(std::string(row.sentence));
        bool foreseen = false;
        CHECK_EQ(delivered("known", row, cancelling(row.assistant), foreseen), row.known);
        CHECK_EQ(delivered("everyone", row, cancelling(row.assistant), foreseen), row.everyone);
    }
}
