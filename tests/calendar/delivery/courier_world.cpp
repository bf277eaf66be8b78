#include "tests/calendar/delivery/courier_world.h"

#include <chrono>
#include <stdexcept>

#include <doctest/doctest.h>

namespace tests {

Result<std::optional<Stored>> FakeCalendar::fetch(const Owner&, const std::string& uid, calendar::base::Deadline) {
    const std::lock_guard lock(mutex);
    calls.push_back("fetch");
    if (auto trouble = next("fetch")) return tl::unexpected(*trouble);
    const auto found = objects.find(uid);
    if (found == objects.end()) return std::nullopt;
    return Stored{uid, std::to_string(versions[uid]), found->second};
}

Result<void> FakeCalendar::store(const Owner&, const std::string& uid, const std::string& content,
                                 const std::optional<Stored>& before) {
    const std::lock_guard lock(mutex);
    calls.push_back("store " + content);
    if (auto trouble = next("store")) return tl::unexpected(*trouble);
    if (!as_it_was(uid, before)) return tl::unexpected<Trouble>(Conflict{"412"});
    if (content.find("poison") != std::string::npos) return tl::unexpected<Trouble>(Permanent{"415"});
    objects[uid] = content;
    ++versions[uid];
    return {};
}

Result<void> FakeCalendar::remove(const Owner&, const std::string& uid, const Stored& before) {
    const std::lock_guard lock(mutex);
    calls.push_back("remove");
    if (auto trouble = next("remove")) return tl::unexpected(*trouble);
    if (!as_it_was(uid, before)) return tl::unexpected<Trouble>(Conflict{"412"});
    objects.erase(uid);
    return {};
}

void FakeCalendar::fail(const std::string& call, const Trouble& trouble) {
    const std::lock_guard lock(mutex);
    failures.push_back({call, trouble});
}

std::optional<Trouble> FakeCalendar::next(const std::string& call) {
    if (failures.empty() || failures.front().call != call) return std::nullopt;
    const auto failure = failures.front();
    failures.pop_front();
    if (!failure.trouble) throw std::runtime_error("out of order");
    return failure.trouble;
}

bool FakeCalendar::as_it_was(const std::string& uid, const std::optional<Stored>& before) {
    const auto found = objects.find(uid);
    if (!before) return found == objects.end();
    return found != objects.end() && before->version == std::to_string(versions[uid]);
}

Result<calendar::itip::Outcome> fake_apply(const calendar::itip::ApplyInput& input) {
    using calendar::itip::Outcome;
    using calendar::itip::Reason;
    const auto& said = input.message;
    if (said == "busy") return tl::unexpected<Trouble>(Temporary{"no cell is free", std::nullopt});
    if (said == "broken") return tl::unexpected<Trouble>(Permanent{"never"});
    if (said == "throw") throw std::runtime_error("thrown");
    if (said == "same") return Outcome{Outcome::Kind::unchanged, Reason::duplicate, "again", input.stored, input.marks};
    if (said == "crash")
        return Outcome{Outcome::Kind::refused, Reason::party_crasher, "not invited", input.stored, input.marks};
    if (said == "kill")
        return Outcome{Outcome::Kind::refused, Reason::sandbox_killed, "killed", input.stored, input.marks};
    if (said == "refuse") return Outcome{Outcome::Kind::refused, Reason::own_message, "own", input.stored, input.marks};
    auto marks = input.marks;
    marks.push_back({"carol@example.org", said, 1, "20261121T020000Z"});
    if (said == "remove") return Outcome{Outcome::Kind::removed, Reason::removed_event, "gone", std::nullopt, marks};
    const auto added = said.substr(4) + (input.publish_allowed ? "(published)" : "");
    if (!input.stored) return Outcome{Outcome::Kind::created, Reason::new_event, "new", added, marks};
    return Outcome{Outcome::Kind::updated, Reason::changed_event, "more", *input.stored + "," + added, marks};
}

CourierWorld::CourierWorld() {
    find_connector = [this](const std::string& name) { return name == "default" ? calendar : nullptr; };
    decision = [this](const auto&) { return late; };
    who = [](const auto&) { return Result<calendar::delivery::Successors>(calendar::delivery::Successors{}); };
    reader = [](const auto&) { return Result<Reading>(Reading{}); };
    failed = [](const auto& detail) { FAIL_CHECK(detail); };
}

std::shared_ptr<calendar::connectors::Connector> CourierWorld::connector(const std::string& backend) {
    return find_connector(backend);
}

Result<calendar::itip::Outcome> CourierWorld::apply(const calendar::itip::ApplyInput& input) {
    return engine(input);
}
Result<calendar::delivery::Successors> CourierWorld::find_users(const Job& job, calendar::base::Deadline deadline) {
    note(deadline);
    return who(job);
}

Result<CourierWorld::Reading> CourierWorld::read(const Job& job, calendar::base::Deadline deadline) {
    note(deadline);
    return reader(job);
}

calendar::delivery::DeferredDecision CourierWorld::decide(const Job& job, const std::optional<Stored>& stored,
                                                          calendar::base::Deadline deadline) {
    note(deadline);
    late_saw.push_back(stored ? stored->content : "-");
    return decision(job);
}

calendar::delivery::Time CourierWorld::now() {
    ++looks;
    looks.notify_all();
    const std::lock_guard lock(mutex);
    return clock;
}

void CourierWorld::report(const calendar::delivery::AuditRow& row) {
    const std::lock_guard lock(mutex);
    reports.push_back(row);
    changed.notify_all();
}

void CourierWorld::report_target(const calendar::delivery::Target& target, const std::optional<Temporary>& failure) {
    const std::lock_guard lock(mutex);
    targets.push_back(target.backend + "/" + target.user + (failure ? " fails: " + failure->detail : " works"));
}

void CourierWorld::report_failure(const std::string& detail) {
    failed(detail);
}

bool CourierWorld::wait_for_reports(std::size_t count) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds(30), [&] { return reports.size() >= count; });
}

void CourierWorld::set_clock(calendar::delivery::Time time) {
    const std::lock_guard lock(mutex);
    clock = time;
}

void CourierWorld::note(calendar::base::Deadline deadline) {
    const std::lock_guard lock(mutex);
    deadlines.insert(deadline);
}

void mail_passes(calendar::delivery::Courier& courier) {
    const calendar::delivery::Courier::MailWaits mail(courier);
}

}  // namespace tests
