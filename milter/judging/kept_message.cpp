#include "milter/judging/kept_message.h"

#include <stdexcept>

#include <openssl/evp.h>

namespace milter::judging {

void keep_message(nlohmann::json& saved, std::string_view message) {
    if (message.size() > kept_message_limit) return;
    std::string text((message.size() + 2) / 3 * 4 + 1, '\0');
    const int length =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                        reinterpret_cast<const unsigned char*>(message.data()), static_cast<int>(message.size()));
    text.resize(static_cast<std::size_t>(length));
    saved["mail"] = std::move(text);
}

std::optional<std::string> kept_message(const nlohmann::json& saved) {
    if (!saved.contains("mail")) return std::nullopt;
    const auto& text = saved.at("mail").get_ref<const std::string&>();
    std::string message(text.size() / 4 * 3, '\0');
    const int length =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(message.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    if (length < 0) throw std::invalid_argument("the message kept with the job is not base64");
    for (auto last = text.rbegin(); !message.empty() && *last == '='; ++last)
        message.pop_back();  // EVP_DecodeBlock counts the padding as bytes
    return message;
}

}  // namespace milter::judging
