#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "calendar/base/fd.h"

namespace milter::imipctl {

/// Packets of the milter protocol over a socket: four bytes of length, a command, data. What is put is kept until an
/// answer is needed (or 64 KiB have come together), so that packets without an answer cost no system call of their own.
/// Throws std::runtime_error with a sentence.
class Wire {
  public:
    struct Packet {
        char command;
        std::string data;
    };

    Wire(const std::string& socket, std::chrono::milliseconds timeout);

    void put(char command, std::string_view data = {});
    void flush();
    /// Sends what was put and waits for the next packet of the other side.
    Packet get();

  private:
    void fill(std::size_t bytes);

    calendar::base::Fd socket_;
    std::chrono::milliseconds timeout_;
    std::string out_;
    std::string in_;
    std::size_t read_ = 0;  ///< bytes of in_ that were handed out
};

/// Numbers as in packets (network order).
void append_u16(std::string& to, std::uint16_t number);
void append_u32(std::string& to, std::uint32_t number);
/// A string as in packets: up to its first NUL, and a NUL.
std::string with_nul(std::string_view text);

/// Reads numbers and strings from a packet's data; throws std::runtime_error when it is too short.
class Fields {
  public:
    explicit Fields(std::string_view data) : rest_(data) {}
    std::uint32_t u32();
    std::string string();  ///< up to NUL
    bool empty() const { return rest_.empty(); }

  private:
    std::string_view rest_;
};

}  // namespace milter::imipctl
