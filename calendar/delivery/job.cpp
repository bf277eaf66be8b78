#include "calendar/delivery/job.h"

#include <cassert>
#include <string_view>

#include "calendar/base/sha256.h"
#include "calendar/itip/apply/json.h"

namespace calendar::delivery {

namespace {

/// SHA-256 over fields, each with its length before it, so that no two lists of fields run together into the same
/// bytes.
class FieldHash {
  public:
    void add(std::string_view field) {
        hash_.add(std::to_string(field.size()) + ':');
        hash_.add(field);
    }
    std::string hex() { return hash_.hex(); }

  private:
    base::Sha256 hash_;
};

}  // namespace

std::string identity(const std::string& user, const itip::ItipMessage& message,
                     const std::optional<itip::Address>& sender, const std::optional<itip::Address>& recipient) {
    FieldHash hash;
    hash.add(user);
    hash.add(message.uid);
    hash.add(itip::word(message.method));
    hash.add(sender ? sender->text() : std::string());
    hash.add(recipient ? recipient->text() : std::string());
    hash.add(std::to_string(message.objects.size()));
    for (const auto& object : message.objects) {
        hash.add(object.recurrence_id ? "instance" : "series");
        hash.add(object.recurrence_id.value_or(std::string()));
        hash.add(std::to_string(object.sequence));
        hash.add(object.dtstamp);
    }
    hash.add(message.content);
    return hash.hex();
}

nlohmann::json to_json(const Job& job) {
    assert(!job.input.stored && job.input.marks.empty());  // belong to the moment of a try, not to the job
    nlohmann::json out;
    out["id"] = job.id;
    out["created"] = job.created.time_since_epoch().count();
    out["queue_id"] = job.queue_id;
    out["user"] = job.user;
    out["address"] = job.address;
    out["backend"] = job.backend;
    out["uid"] = job.uid;
    out["method"] = itip::word(job.method);
    out["decided"] = job.decided;
    out["held"] = job.held;
    out["rule"] = job.rule;
    out["place"] = job.place;
    out["facts"] = job.facts;
    out["input"] = itip::to_json(job.input);
    return out;
}

Job job_from(const nlohmann::json& json) {
    const auto text = [&json](const char* key) { return json.at(key).get<std::string>(); };
    const auto method = itip::method_of(text("method"));
    if (!method) throw std::invalid_argument("no such method: " + text("method"));
    Job job;
    job.id = text("id");
    job.created = Time(std::chrono::seconds(json.at("created").get<std::int64_t>()));
    job.queue_id = text("queue_id");
    job.user = text("user");
    job.address = text("address");
    job.backend = text("backend");
    job.uid = text("uid");
    job.method = *method;
    job.decided = json.at("decided").get<bool>();
    job.held = json.value("held", false);  // jobs of before 'held' have none
    job.rule = text("rule");
    job.place = text("place");
    job.facts = json.at("facts");
    job.input = itip::apply_input_from(json.at("input"));
    return job;
}

AuditRow audit_row(const Job& job, std::string event, Time now) {
    AuditRow row;
    row.time = now;
    row.queue_id = job.queue_id;
    row.job = job.id;
    row.user = job.user;
    row.uid = job.uid;
    row.method = itip::word(job.method);
    row.event = std::move(event);
    row.rule = job.rule;
    row.place = job.place;
    return row;
}

}  // namespace calendar::delivery
