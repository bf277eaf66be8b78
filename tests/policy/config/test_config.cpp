#include <filesystem>
#include <string>
#include <variant>

#include <doctest/doctest.h>
#include <unistd.h>

#include "policy/config/config.h"
#include "policy/users/users.h"
#include "tests/support/config.h"

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using calendar::connectors::CaldavOptions;
using calendar::connectors::VdirOptions;
using calendar::itip::Address;
using policy::config::Config;
using policy::rules::Condition;
using tests::read_config;

policy::users::User user_at(const Config& config, const char* address) {
    const policy::users::Users users(config.users);
    auto user = users.find(*Address::parse(address), calendar::base::Deadline::max());
    REQUIRE((user && user->size() == 1));
    return user->front();
}

const fs::path good = fs::path(TEST_DATA) / "config" / "good";
const fs::path etc = fs::path(SOURCE_DIR) / "etc";

}  // namespace

TEST_CASE("the smallest configuration has the defaults of the manual") {
    const Config config = read_config(good / "smallest.yaml");
    CHECK(config.listen == "unix:/run/imip-milter/milter.sock");
    CHECK(config.socket_mode == 0660);
    char host[256] = {};
    REQUIRE(::gethostname(host, sizeof host - 1) == 0);
    CHECK(config.authserv_id == host);
    CHECK(config.state == "sqlite:/var/lib/imip-milter/state.db");
    CHECK_FALSE(config.tempfail_on_error);
    CHECK(config.limits.message == 25U << 20);
    CHECK(config.authentication.dkim.verify);
    CHECK(config.authentication.submission.networks.empty());
    CHECK(config.spam.empty());
    CHECK(config.address_books.empty());
    CHECK(config.workers == 4);
    CHECK(config.default_backend == "default");
    CHECK(config.default_preset == "policy");
    CHECK(std::get<VdirOptions>(config.backends.at("default")).path == (good / "calendars/{user}").string());
    CHECK(user_at(config, "carol+x@example.com").name == "carol");
    const policy::rules::Policy& rules = config.presets.at("policy");
    REQUIRE(rules.rules.size() == 1);
    CHECK(rules.rules[0].place == "smallest.yaml:3:10");
    CHECK(rules.otherwise.calendar == policy::rules::CalendarAction::ignore);
    CHECK(rules.otherwise.mail == policy::rules::MailAction::deliver);
}

TEST_CASE("every value is read") {
    const Config config = read_config(good / "values.yaml");
    CHECK(config.listen == "inet6:8891@[::1]");
    CHECK(config.socket_mode == 0600);
    CHECK(config.authserv_id == "mx1.example.com");
    CHECK(config.state == "sqlite:" + (good / "state/imip.db").string());
    CHECK(config.tempfail_on_error);
    CHECK(config.log.level == policy::config::Log::Level::debug);
    CHECK(config.log.format == policy::config::Log::Format::json);
    CHECK(config.log.to == policy::config::Log::To::syslog);

    const auto& limits = config.limits;
    CHECK(limits.message == 512U << 10);
    CHECK(limits.calendar_part == 2048);
    CHECK(limits.calendar_parts == 1);
    CHECK(limits.mime_depth == 2);
    CHECK(limits.mime_parts == 3);
    CHECK(limits.components == 4);
    CHECK(limits.attendees == 5);
    CHECK(limits.uids == 6);
    CHECK(limits.decisions == 7);
    CHECK(limits.forged_fields == 6);
    CHECK(limits.in_transit == 1U << 20);
    CHECK(limits.end_of_message == 2min);
    CHECK(limits.undecided == 1U << 20);
    CHECK(limits.held == 2ULL << 30);
    CHECK(config.keep.done == 24h);
    CHECK(config.keep.audit == 24h * 30);
    CHECK(config.keep.marks == 24h * 3650);

    const auto& dkim = config.authentication.dkim;
    CHECK_FALSE(dkim.verify);
    CHECK(dkim.keys_file == good / "keys");
    CHECK(dkim.nameservers == std::vector<policy::config::NameServer>{{"192.0.2.53", 53}, {"2001:db8::53", 5353}});
    CHECK(dkim.timeout == 500ms);
    CHECK(dkim.minimum_rsa_bits == 2048);
    CHECK(dkim.signatures == 1);
    CHECK(dkim.maximum_age == 24h * 14);
    CHECK(dkim.require_signed == std::vector<std::string>{"from", "subject"});
    CHECK(config.authentication.alignment == policy::config::Alignment::strict);
    CHECK_FALSE(config.authentication.submission.authenticated);
    CHECK(config.authentication.submission.networks.size() == 3);

    REQUIRE(config.spam.size() == 1);
    CHECK(config.spam[0].name == "x-spam-flag");
    CHECK(config.spam[0].matches == "YES");
    CHECK(user_at(config, "a+b@example.com").name == "a+b-example.com");

    using Options = calendar::itip::Options;
    CHECK(config.itip.cancelled == Options::Cancelled::remove);
    CHECK(config.itip.cancelled_instance == Options::CancelledInstance::mark);
    CHECK(config.itip.party_crashers == Options::PartyCrashers::add);
    CHECK(config.itip.delegation == Options::Delegation::never);
    CHECK(config.itip.delegates == 10);
    CHECK(config.itip.organizer_change == Options::OrganizerChange::same_domain);
    CHECK_FALSE(config.itip.strip_alarms);
    CHECK(config.hazards.shortest_repeat == 3600);
    CHECK(config.hazards.longest == 7 * 86'400);
    CHECK(config.hazards.attendees == 10);
    CHECK(config.hazards.alarms == 0);
    CHECK(config.hazards.attachments == 1);
    CHECK(config.retry.waits == std::vector<std::chrono::seconds>{1s, 2min});
    CHECK(config.retry.give_up_after == 1h);
    CHECK(config.workers == 2);
}

TEST_CASE("a configuration in several files, whose paths are relative to the file that names them") {
    const Config config = read_config(good / "spread.yaml");
    CHECK(config.default_preset == "strict");
    CHECK(config.default_backend == "home");
    CHECK(std::get<VdirOptions>(config.backends.at("home")).path == "/srv/{user}");
    const auto& dav = std::get<CaldavOptions>(config.backends.at("dav"));
    CHECK(dav.url == "https://dav.example.com/{user}/");
    CHECK(dav.calendar == "default");
    CHECK(dav.login.username == "{user}");
    CHECK(dav.login.password_file == good / "parts/dav.password");
    CHECK(dav.timeout == 1500ms);
    REQUIRE(config.address_books.size() == 1);
    CHECK(std::get<policy::address_books::FileOptions>(config.address_books[0]).path ==
          (good / "parts/contacts/{user}").string());
    const auto bob = user_at(config, "bob@example.com");
    CHECK(bob.preset == "strict");
    CHECK(bob.backend == "home");
}

TEST_CASE("whom to believe") {
    const Config config = read_config(good / "trust.yaml");
    const auto& trusted = config.authentication.trusted_results;
    CHECK(trusted.authserv_ids == std::vector<std::string>{"mx.example.com"});
    CHECK(trusted.methods == std::vector<std::string>{"arc"});
    CHECK(trusted.arc_sealers == std::vector<std::string>{"lists.example.org", "xn--bcher-kva.example"});
    CHECK(user_at(config, "bob@example.com").timezone == "Europe/Berlin");
    REQUIRE(config.address_books.size() == 2);
    CHECK(std::get<policy::address_books::VcardOptions>(config.address_books[0]).path ==
          (good / "cards/{user}").string());
    CHECK(std::get<policy::address_books::LearnedOptions>(config.address_books[1]).after == 3);
    CHECK_FALSE(config.learn.invitations);
    CHECK(config.learn.recipients);
    CHECK(config.learn.bounds.keep == 24h * 30);
    CHECK(config.learn.bounds.most == 5);
    REQUIRE(config.agent_address);
    CHECK(config.agent_address->local_before == "cal+");
    CHECK(config.agent_address->local_after == ".x");
    CHECK(config.agent_address->domain == "example.com");
    CHECK(config.agent_address->secret_file == good / "agent.secrets");
    CHECK(config.hold_for == 24h * 7);
    CHECK(config.itip.party_crashers == calendar::itip::Options::PartyCrashers::hold);
    const auto& rules = config.presets.at("policy").rules;
    REQUIRE(rules.size() == 2);
    CHECK(rules[0].action.calendar == policy::rules::CalendarAction::hold);
    CHECK(rules[1].action.calendar == policy::rules::CalendarAction::hold);
    CHECK(rules[1].action.mail == policy::rules::MailAction::quarantine);
}

TEST_CASE("systems that send for others, and a map whose keys stand in two files") {
    using Party = policy::config::SpeaksFor::Party;
    using Person = policy::config::SpeaksFor::Person;
    using calendar::itip::Method;
    const auto authentication = read_config(good / "speakers.yaml").authentication;
    CHECK(authentication.trusted_results.authserv_ids == std::vector<std::string>{"mx.example.com"});
    CHECK(authentication.trusted_results.hops == 2);
    const auto& entries = authentication.speaks_for;
    REQUIRE(entries.size() == 3);
    CHECK(entries[0].sender == "noreply@xn--bcher-kva.example");
    CHECK(entries[0].signer.empty());
    CHECK(entries[0].party == Party::pattern);
    CHECK(entries[0].pattern == "*@imip.me.com");
    CHECK(entries[0].methods == std::vector{Method::request});
    CHECK(entries[0].person == Person::email);
    CHECK(entries[0].place == "speakers.yaml:4:7");
    CHECK(entries[1].sender == "calendar@example.org");
    CHECK(entries[1].signer == "example.org");
    CHECK(entries[1].party == Party::from);
    CHECK(entries[1].methods == std::vector{Method::request, Method::cancel, Method::reply});
    CHECK(entries[1].person == Person::from);
    CHECK(entries[2].sender == "*@example.net");
    CHECK(entries[2].party == Party::same_domain);
    CHECK(entries[2].person == Person::party);
}

TEST_CASE("rules become conditions in the order they are written") {
    const Config config = read_config(good / "spread.yaml");
    const policy::rules::Policy& strict = config.presets.at("strict");
    REQUIRE(strict.rules.size() == 2);
    const policy::rules::Rule& partner = strict.rules[0];
    CHECK(partner.name == "partner");
    CHECK(partner.place == "strict.yaml:2:5");
    CHECK(partner.action.calendar == policy::rules::CalendarAction::apply);
    CHECK(partner.action.mail == policy::rules::MailAction::deliver);
    CHECK(partner.action.tag == "partner");
    CHECK(partner.action.schedule_agent == calendar::itip::ScheduleAgent::none);
    CHECK(partner.action.partstat == calendar::itip::Partstat::ask);
    REQUIRE(partner.condition.kind == Condition::Kind::all);
    REQUIRE(partner.condition.children.size() == 2);
    CHECK(partner.condition.children[0].wanted == std::vector<std::string>{"REQUEST", "PUBLISH"});
    const Condition& any = partner.condition.children[1];
    REQUIRE(any.kind == Condition::Kind::any);
    REQUIRE(any.children.size() == 2);
    REQUIRE(any.children[0].children.size() == 2);
    CHECK(any.children[0].children[0].fact == policy::rules::Fact::sender);
    CHECK(any.children[0].children[1].kind == Condition::Kind::negation);
    CHECK(any.children[1].children[0].kind == Condition::Kind::all);

    const policy::rules::Action& spam = strict.rules[1].action;
    CHECK(spam.calendar == policy::rules::CalendarAction::ignore);
    CHECK(spam.mail == policy::rules::MailAction::reject);
    CHECK(spam.reply == policy::rules::SmtpReply{"550", "5.7.1", "Not wanted here"});
    CHECK(strict.otherwise.mail == policy::rules::MailAction::quarantine);
    CHECK(strict.otherwise_place == "strict.yaml:12:12");
}

TEST_CASE("the example loads, and says what the defaults are") {
    const Config example = read_config(etc / "imip-milter.yaml");
    const Config defaults = read_config(good / "smallest.yaml");
    CHECK(example.presets.size() == 4);
    CHECK(example.default_preset == "known");
    CHECK(example.listen == defaults.listen);
    CHECK(example.socket_mode == defaults.socket_mode);
    CHECK(example.state == defaults.state);
    CHECK(example.tempfail_on_error == defaults.tempfail_on_error);
    CHECK(example.log.level == defaults.log.level);
    CHECK(example.limits.message == defaults.limits.message);
    CHECK(example.limits.calendar_part == defaults.limits.calendar_part);
    CHECK(example.limits.calendar_parts == defaults.limits.calendar_parts);
    CHECK(example.limits.mime_depth == defaults.limits.mime_depth);
    CHECK(example.limits.mime_parts == defaults.limits.mime_parts);
    CHECK(example.limits.components == defaults.limits.components);
    CHECK(example.limits.attendees == defaults.limits.attendees);
    CHECK(example.limits.uids == defaults.limits.uids);
    CHECK(example.limits.decisions == defaults.limits.decisions);
    CHECK(example.limits.cells == defaults.limits.cells);
    CHECK(example.limits.forged_fields == defaults.limits.forged_fields);
    CHECK(example.limits.in_transit == defaults.limits.in_transit);
    CHECK(example.limits.end_of_message == defaults.limits.end_of_message);
    CHECK(example.authentication.dkim.timeout == defaults.authentication.dkim.timeout);
    CHECK(example.authentication.dkim.minimum_rsa_bits == defaults.authentication.dkim.minimum_rsa_bits);
    CHECK(example.authentication.dkim.signatures == defaults.authentication.dkim.signatures);
    CHECK(example.authentication.dkim.maximum_age == defaults.authentication.dkim.maximum_age);
    CHECK(example.authentication.dkim.require_signed == defaults.authentication.dkim.require_signed);
    CHECK(example.authentication.alignment == defaults.authentication.alignment);
    CHECK(example.itip.cancelled == defaults.itip.cancelled);
    CHECK(example.itip.cancelled_instance == defaults.itip.cancelled_instance);
    CHECK(example.itip.party_crashers == defaults.itip.party_crashers);
    CHECK(example.itip.delegation == defaults.itip.delegation);
    CHECK(example.itip.delegates == defaults.itip.delegates);
    CHECK(example.itip.organizer_change == defaults.itip.organizer_change);
    CHECK(example.itip.strip_alarms == defaults.itip.strip_alarms);
    CHECK(example.hazards.shortest_repeat == defaults.hazards.shortest_repeat);
    CHECK(example.hazards.longest == defaults.hazards.longest);
    CHECK(example.hazards.attendees == defaults.hazards.attendees);
    CHECK(example.hazards.alarms == defaults.hazards.alarms);
    CHECK(example.hazards.attachments == defaults.hazards.attachments);
    CHECK(example.retry.waits == defaults.retry.waits);
    CHECK(example.retry.give_up_after == defaults.retry.give_up_after);
    CHECK(example.workers == defaults.workers);
}
