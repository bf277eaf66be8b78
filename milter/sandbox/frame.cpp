#include "milter/sandbox/frame.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "calendar/base/os_error.h"

namespace milter::sandbox {

using calendar::base::throw_os_error;

namespace {

constexpr std::uint32_t magic = 0x696d6970;  // "imip"
constexpr std::size_t largest_inline = 64 * 1024;

struct Header {
    std::uint32_t magic = 0;
    std::uint32_t in_file = 0;
    std::uint64_t json_size = 0;
    std::uint64_t blob_size = 0;
};

/// Waits until the socket is ready; without an end to the wait the socket itself blocks.
void wait_for(int socket, short events, const Patience& patience) {
    while (patience) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(patience() - std::chrono::steady_clock::now());
        pollfd entry{socket, events, 0};
        const int ready = ::poll(&entry, 1, static_cast<int>(std::clamp<long long>(left.count(), 0, 60'000)));
        if (ready > 0) return;
        if (ready < 0 && errno != EINTR) throw BorderBroken("poll");
    }
}

int blocking(const Patience& patience) {
    return patience ? MSG_DONTWAIT : 0;
}

/// Room for one descriptor beside a message (cmsg(3)).
struct OneDescriptor {
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> bytes{};

    void attach(msghdr& message, int descriptor) {
        message.msg_control = bytes.data();
        message.msg_controllen = bytes.size();
        cmsghdr* const control = CMSG_FIRSTHDR(&message);
        control->cmsg_level = SOL_SOCKET;
        control->cmsg_type = SCM_RIGHTS;
        control->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(control), &descriptor, sizeof descriptor);
    }
    static calendar::base::Fd received(msghdr& message) {
        const cmsghdr* const control = CMSG_FIRSTHDR(&message);
        if (control == nullptr || control->cmsg_type != SCM_RIGHTS || control->cmsg_len != CMSG_LEN(sizeof(int)))
            return {};
        int descriptor = -1;
        std::memcpy(&descriptor, CMSG_DATA(control), sizeof descriptor);
        return calendar::base::Fd(descriptor);
    }
};

/// One recvmsg(); 0 at the end of the stream.
std::size_t receive(int socket, std::span<char> to, Files files, calendar::base::Fd& descriptor,
                    const Patience& patience) {
    for (;;) {
        wait_for(socket, POLLIN, patience);
        iovec piece{to.data(), to.size()};
        msghdr message{};
        message.msg_iov = &piece;
        message.msg_iovlen = 1;
        OneDescriptor room;
        if (files == Files::yes) {
            message.msg_control = room.bytes.data();
            message.msg_controllen = room.bytes.size();
        }
        const ssize_t count = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC | blocking(patience));
        if (count >= 0) {
            if (files == Files::yes && message.msg_controllen > 0) descriptor = OneDescriptor::received(message);
            return static_cast<std::size_t>(count);
        }
        if (errno != EINTR && errno != EAGAIN) throw BorderBroken("recvmsg");
    }
}

void receive_all(int socket, char* to, std::size_t size, const Patience& patience) {
    calendar::base::Fd none;
    while (size > 0) {
        const std::size_t count = receive(socket, {to, size}, Files::no, none, patience);
        if (count == 0) throw BorderBroken("end of stream");
        to += count;
        size -= count;
    }
}

void send_all(int socket, std::vector<iovec> pieces, int descriptor, const Patience& patience) {
    std::size_t first = 0;
    while (first < pieces.size()) {
        msghdr message{};
        message.msg_iov = &pieces[first];
        message.msg_iovlen = pieces.size() - first;
        OneDescriptor room;
        if (descriptor >= 0) room.attach(message, descriptor);
        const ssize_t count = ::sendmsg(socket, &message, MSG_NOSIGNAL | blocking(patience));
        if (count < 0) {
            if (errno == EAGAIN)
                wait_for(socket, POLLOUT, patience);
            else if (errno != EINTR)
                throw BorderBroken("sendmsg");
            continue;
        }
        descriptor = -1;
        auto sent = static_cast<std::size_t>(count);
        while (first < pieces.size() && sent >= pieces[first].iov_len)
            sent -= pieces[first++].iov_len;
        if (first < pieces.size()) {
            pieces[first].iov_base = static_cast<char*>(pieces[first].iov_base) + sent;
            pieces[first].iov_len -= sent;
        }
    }
}

iovec piece_of(std::string_view bytes) {
    return {const_cast<char*>(bytes.data()), bytes.size()};
}

/// A file in memory that nobody can change any more.
calendar::base::Fd sealed_file(const std::vector<iovec>& pieces) {
    calendar::base::Fd file(memfd_create("imip-frame", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!file) throw_os_error("memfd_create");
    for (iovec piece : pieces)
        while (piece.iov_len > 0) {
            const ssize_t count = ::write(file.get(), piece.iov_base, piece.iov_len);
            if (count < 0 && errno == EINTR) continue;
            if (count <= 0) throw_os_error("write to memfd");
            piece.iov_base = static_cast<char*>(piece.iov_base) + count;
            piece.iov_len -= static_cast<std::size_t>(count);
        }
    // Not F_SEAL_WRITE: for that the kernel waits until nobody holds a page (its own housekeeping does), and gives up
    // with EBUSY after a while. Nothing of this file is mapped for writing, so this one stops as much.
    if (::fcntl(file.get(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE) != 0)
        throw_os_error("sealing a memfd");
    return file;
}

}  // namespace

Patience until(Deadline deadline) {
    return [deadline] {
        if (std::chrono::steady_clock::now() >= deadline) throw BorderLate("late");
        return deadline;
    };
}

Frame::Frame(Frame&& other) noexcept
    : bytes_(std::move(other.bytes_)),
      map_(std::exchange(other.map_, nullptr)),
      map_size_(other.map_size_),
      json_size_(other.json_size_) {}

Frame::~Frame() {
    if (map_ != nullptr) ::munmap(const_cast<char*>(map_), map_size_);
}

void write_frame(int socket, std::string_view json, std::span<const std::string_view> blob, Files files,
                 const Patience& patience) {
    Header header{.magic = magic, .in_file = 0, .json_size = json.size(), .blob_size = 0};
    std::vector<iovec> content{piece_of(json)};
    for (const std::string_view bytes : blob) {
        content.push_back(piece_of(bytes));
        header.blob_size += bytes.size();
    }
    calendar::base::Fd file;
    if (files == Files::yes && header.json_size + header.blob_size > largest_inline) {
        file = sealed_file(content);
        header.in_file = 1;
        content.clear();
    }
    content.insert(content.begin(), iovec{&header, sizeof header});
    send_all(socket, std::move(content), file.get(), patience);
}

Frame read_frame(int socket, std::size_t largest, Files files, const Patience& patience) {
    Header header;
    calendar::base::Fd file;
    std::array<char, 16 * 1024> first;  // nearly every frame is in it whole
    std::size_t got = 0;
    while (got < sizeof header) {
        const std::size_t count = receive(socket, std::span(first).subspan(got), files, file, patience);
        if (count == 0) throw BorderBroken("end of stream");
        got += count;
    }
    std::memcpy(&header, first.data(), sizeof header);
    const std::string_view behind(first.data() + sizeof header, got - sizeof header);
    if (header.magic != magic || header.in_file > 1 || (header.in_file == 1) != static_cast<bool>(file) ||
        header.json_size > largest || header.blob_size > largest - header.json_size)
        throw BorderBroken("no frame");
    Frame frame;
    frame.json_size_ = header.json_size;
    const std::size_t size = header.json_size + header.blob_size;
    if (behind.size() > (file ? 0 : size)) throw BorderBroken("more than a frame");
    if (file) {
        void* const map = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.get(), 0);
        if (map == MAP_FAILED) throw BorderBroken("mmap");
        frame.map_ = static_cast<const char*>(map);
        frame.map_size_ = size;
    } else {
        frame.bytes_.reserve(size);
        frame.bytes_ = behind;
        frame.bytes_.resize(size);
        receive_all(socket, frame.bytes_.data() + behind.size(), size - behind.size(), patience);
    }
    return frame;
}

void send_descriptor(int socket, int descriptor, std::int32_t number) {
    iovec piece{&number, sizeof number};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    OneDescriptor room;
    if (descriptor >= 0) room.attach(message, descriptor);
    while (::sendmsg(socket, &message, MSG_NOSIGNAL) < 0)
        if (errno != EINTR) throw_os_error("sendmsg");
}

Received receive_descriptor(int socket, const Patience& patience) {
    Received received;
    // Few bytes of one write come in one read.
    receive(socket, {reinterpret_cast<char*>(&received.number), sizeof received.number}, Files::yes,
            received.descriptor, patience);
    return received;
}

}  // namespace milter::sandbox
