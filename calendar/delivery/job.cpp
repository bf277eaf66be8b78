#include "calendar/delivery/job.h"

#include <array>
#include <cassert>
#include <memory>
#include <stdexcept>
#include <string_view>

#include <openssl/evp.h>

#include "calendar/itip/apply/json.h"

namespace calendar::delivery {

namespace {

struct FreeDigest {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};

/// SHA-256 over fields, each with its length before it, so that no two lists of fields run together into the same
/// bytes.
class FieldHash {
  public:
    FieldHash() : context_(EVP_MD_CTX_new()) {
        if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1)
            throw std::runtime_error("SHA-256 is not to be had from OpenSSL");
    }
    void add(std::string_view field) {
        const auto length = std::to_string(field.size()) + ':';
        update(length);
        update(field);
    }
    std::string hex() {
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        unsigned int size = 0;
        if (EVP_DigestFinal_ex(context_.get(), digest.data(), &size) != 1) throw std::runtime_error("SHA-256 failed");
        std::string text;
        for (unsigned int i = 0; i < size; ++i) {
            text += "0123456789abcdef"[digest[i] >> 4U];
            text += "0123456789abcdef"[digest[i] & 15U];
        }
        return text;
    }

  private:
    void update(std::string_view bytes) {
        if (EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) != 1)
            throw std::runtime_error("SHA-256 failed");
    }
    std::unique_ptr<EVP_MD_CTX, FreeDigest> context_;
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
