#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>
#include <sys/socket.h>

#include "calendar/itip/apply/json.h"
#include "milter/mail/inspect.h"
#include "milter/sandbox/frame.h"
#include "tests/fuzz/fuzz.h"

namespace {

using nlohmann::json;

/// A frame that may be read; the daemon's own bound, largest_answer, only costs time here.
constexpr std::size_t largest = std::size_t{1} << 20;

std::string bytes_of(std::uint64_t number, std::size_t size) {
    std::string bytes(size, '\0');
    std::memcpy(bytes.data(), &number, size);  // little-endian machines only, as is the border's own test
    return bytes;
}

/// What the cell writes. An input that begins with a line `frame MAGIC IN_FILE JSON_SIZE BLOB_SIZE`, each a number or
/// `*` for the right one, is a frame: its JSON follows, and behind a line `=== blob` its bytes. Any other goes as it
/// is.
std::string written_by_cell(std::string_view input) {
    constexpr std::string_view word = "frame ", marker = "\n=== blob\n";
    const auto line_end = input.find('\n');
    if (!input.starts_with(word) || line_end == std::string_view::npos) return std::string(input);
    std::string_view head = input.substr(word.size(), line_end - word.size());
    const std::string_view body = input.substr(line_end + 1);
    const auto at = std::min(body.find(marker), body.size());
    const std::string_view text = body.substr(0, at);
    const std::string_view blob = body.substr(std::min(at + marker.size(), body.size()));

    std::array<std::uint64_t, 4> numbers{0x696d6970, 0, text.size(), blob.size()};
    for (std::uint64_t& number : numbers) {
        const auto end = std::min(head.find(' '), head.size());
        if (head.substr(0, end) != "*" && std::from_chars(head.data(), head.data() + end, number).ec != std::errc())
            return std::string(input);
        head.remove_prefix(std::min(end + 1, head.size()));
    }
    return bytes_of(numbers[0], 4) + bytes_of(numbers[1], 4) + bytes_of(numbers[2], 8) + bytes_of(numbers[3], 8) +
           std::string(text) + std::string(blob);
}

/// The far end of a stream on which a cell wrote this and ended.
calendar::base::Fd stream_of(const std::string& bytes) {
    std::array<int, 2> ends{};
    fuzz::must(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0, "there is a socket pair");
    const calendar::base::Fd near(ends[0]);
    calendar::base::Fd far(ends[1]);
    const auto sent = ::send(near.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    fuzz::must(sent == static_cast<ssize_t>(bytes.size()), "an input fits into a socket");
    return far;
}

/// The value, or nothing when it was garbage. Anything thrown but std::exception ends the program.
template <class Read>
auto value_of(Read read) -> std::optional<decltype(read())> {
    try {
        return read();
    } catch (const std::exception&) {
        return std::nullopt;
    }
}

}  // namespace

/// A cell that a stranger has taken over answers what it likes: reading that gives a value or throws std::exception.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace calendar::itip;
    const calendar::base::Fd cell = stream_of(written_by_cell(fuzz::text_of(data, size)));
    const auto soon = milter::sandbox::until(std::chrono::steady_clock::now() + std::chrono::seconds(5));
    const auto frame =
        value_of([&] { return milter::sandbox::read_frame(cell.get(), largest, milter::sandbox::Files::no, soon); });
    if (!frame) return 0;
    fuzz::must(frame->json().size() + frame->blob().size() <= largest, "a frame is bounded");
    const auto answer = value_of([&] { return json::parse(frame->json()); });
    if (!answer) return 0;

    // CellPool::inspect(), describe(), apply() in this order.
    if (const auto inspection = value_of([&] { return milter::mail::inspection_from(*answer); })) {
        (void)inspection->usable();
        for (const auto& part : inspection->parts)
            for (const auto& message : part.messages)
                fuzz::must(!message.objects.empty(), "a message has an object");
        const auto again = milter::mail::inspection_from(milter::mail::to_json(*inspection));
        fuzz::must(again.parts.size() == inspection->parts.size(), "an inspection is written as it was read");
    }
    (void)value_of([&] { return refusal_from(answer->at("refusal")); });
    (void)value_of([&] { return stored_object_from(answer->at("stored")); });
    const auto outcome = value_of([&] {
        Outcome value = outcome_from(answer->at("outcome"));
        if (answer->at("has_object").get<bool>()) value.object = frame->blob();
        return value;
    });
    if (outcome) fuzz::must(!word(outcome->kind).empty() && !word(outcome->reason).empty(), "an outcome has its words");
    return 0;
}
