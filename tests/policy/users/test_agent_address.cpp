#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "policy/users/agent_address.h"
#include "tests/support/address.h"
#include "tests/support/process.h"

using calendar::itip::Address;
using policy::users::AgentAddresses;
using policy::users::AgentOptions;
using tests::address;

namespace {

class Secrets {
  public:
    explicit Secrets(const std::string& text) { tests::write_text(file(), text); }

    std::filesystem::path file() const { return folder_.path() / "secrets"; }
    AgentAddresses agents(const std::string& before = "cal+", const std::string& after = "") const {
        return AgentAddresses({before, after, "example.com", file()});
    }

  private:
    tests::TemporaryFolder folder_;
};

const std::string first = "aa the first secret of all\n";
const std::string second = "bb another secret, made later\n";

}  // namespace

TEST_CASE("an agent address proves the event and the user that it was made for") {
    const Secrets secrets(first);
    const auto agents = secrets.agents();
    for (const char* user :
         {"bob@example.com", "bob+x@example.com", "b@other.example.org", "\xc3\xb6zil@example.com"}) {
        CAPTURE(user);
        const auto made = agents.make(address(user), "e1@example.org");
        REQUIRE(made);
        const auto token = agents.read(*made);
        REQUIRE(token);
        CHECK(token->user == address(user));
        CHECK(agents.proves(*token, "e1@example.org"));
        CHECK_FALSE(agents.proves(*token, "e2@example.org"));
        CHECK_FALSE(agents.proves(*token, ""));
    }
}

TEST_CASE("whatever is changed in it proves nothing") {
    const Secrets secrets(first);
    const auto agents = secrets.agents();
    const auto made = agents.make(address("bob@example.com"), "e1@example.org");
    REQUIRE(made);
    const std::string whole = made->text();
    for (std::size_t i = 4; i < whole.find('@'); ++i) {
        std::string changed = whole;
        changed[i] = changed[i] == 'x' ? 'y' : 'x';
        CAPTURE(changed);
        const auto token = agents.read(address(changed));
        CHECK_FALSE((token && agents.proves(*token, "e1@example.org")));
    }
}

TEST_CASE("what is no agent address is not taken for one") {
    const Secrets secrets(first);
    const auto agents = secrets.agents("cal+", ".x");
    const auto made = agents.make(address("bob@example.com"), "e1@example.org");
    REQUIRE(made);
    const auto token = std::string(made->local().substr(4, made->local().size() - 6));
    REQUIRE(agents.read(address("cal+" + token + ".x@example.com")));
    for (const auto& other :
         {"cal+" + token + ".x@example.org", "cal+" + token + "@example.com", "other+" + token + ".x@example.com",
          std::string("cal+.x@example.com"), std::string("cal+aa.x@example.com"), "cal+" + token + "0.x@example.com",
          std::string("bob@example.com")}) {
        CAPTURE(other);
        CHECK_FALSE(agents.read(address(other)));
    }
}

TEST_CASE("case does not matter on the way") {
    const Secrets secrets(first);
    const auto agents = secrets.agents();
    std::string text = agents.make(address("bob@example.com"), "e1")->text();
    for (char& c : text)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    const auto token = agents.read(address(text));
    REQUIRE(token);
    CHECK(agents.proves(*token, "e1"));
}

TEST_CASE("keys are rotated: the first makes addresses, the others still prove theirs") {
    const Secrets old(first);
    const auto made = old.agents().make(address("bob@example.com"), "e1");
    REQUIRE(made);
    const Secrets rotated("# rotated\n\n" + second + first);
    const auto agents = rotated.agents();
    CHECK(agents.proves(*agents.read(*made), "e1"));
    CHECK(agents.make(address("bob@example.com"), "e1")->local().starts_with("cal+bb"));
    const Secrets gone(second);
    CHECK_FALSE(gone.agents().proves(*gone.agents().read(*made), "e1"));
}

TEST_CASE("an address that would be too long for mail is not made") {
    const Secrets secrets(first);
    const auto agents = secrets.agents();
    CHECK(agents.make(address(std::string(22, 'b') + "@example.com"), "e1"));  // 4 + 2 + 20 + 1 + 36 letters
    const auto refused = agents.make(address(std::string(24, 'b') + "@example.com"), "e1");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().find("too long") != std::string::npos);
}

TEST_CASE("secrets that cannot be used are refused with their place, and never shown") {
    const std::tuple<const char*, const char*, const char*> rows[] = {
        {"none", "# only a comment\n", "no secret found"},
        {"too short", "aa hush\n", ":1: the secret is too short; it must have at least 16 characters"},
        {"no ID", "a secret without an ID\n", ":1: a line must be 'ID SECRET'"},
        {"the same ID twice", "aa the first secret of all\n\naa another secret, made later\n", ":3: duplicate ID"},
    };
    for (const auto& [sentence, text, want] : rows) {
        CAPTURE(sentence);
        const Secrets secrets(text);
        try {
            secrets.agents();
            FAIL("it was taken");
        } catch (const std::runtime_error& error) {
            const std::string got = error.what();
            CAPTURE(got);
            CHECK(got.find(want) != std::string::npos);
            CHECK(got.find("hush") == std::string::npos);
        }
    }
    CHECK_THROWS_AS(AgentAddresses({"cal+", "", "example.com", "/nowhere/secrets"}), std::runtime_error);
}
