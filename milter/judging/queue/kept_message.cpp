#include "milter/judging/queue/kept_message.h"

#include <stdexcept>
#include <utility>

#include <openssl/evp.h>

#include "calendar/base/sha256.h"
#include "milter/mail/mail.h"

namespace milter::judging {

namespace {

constexpr std::size_t most_proofs = 10'000;
/// Shorter than the first wait of a job, so that jobs of one mail share the trouble of one try, and the next try asks.
constexpr std::chrono::seconds ask_again_after{20};

}  // namespace

calendar::delivery::KeptMessage kept_message(std::string_view bytes) {
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
    const int length =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(length));
    auto id = calendar::base::sha256(text);
    return {std::move(id), std::move(text)};
}

std::string bytes_of_kept_message(std::string_view text) {
    std::string bytes(text.size() / 4 * 3, '\0');
    const int length =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    if (length < 0) throw std::invalid_argument("the message kept with the job is not base64");
    for (auto last = text.rbegin(); !bytes.empty() && *last == '='; ++last)
        bytes.pop_back();  // EVP_DecodeBlock counts the padding as bytes
    return bytes;
}

KeptMessages::KeptMessages(Read read, calendar::base::Now now)
    : read_(std::move(read)), now_(std::move(now)), proofs_(most_proofs) {}

std::optional<authentication::Authentication> KeptMessages::verify(const std::string& id,
                                                                   const authentication::DkimVerifier& verifier,
                                                                   calendar::base::Deadline deadline) {
    const auto proof = proofs_.find_or_put(id, [] { return std::make_shared<Proof>(); });
    const std::lock_guard lock(proof->mutex);
    if (proof->result && now_() < proof->ask_again) return proof->result;
    const auto text = read_(id);
    if (!text) return std::nullopt;
    const auto bytes = bytes_of_kept_message(*text);
    proof->result = verifier.verify(mail::MailOfBytes(bytes, {}).mail(), deadline);
    proof->ask_again = may_prove_more(*proof->result) ? now_() + ask_again_after : calendar::base::Deadline::max();
    return proof->result;
}

}  // namespace milter::judging
