#include "milter/mta/signals.h"

#include <csignal>
#include <initializer_list>
#include <utility>

#include <pthread.h>

namespace milter::mta {

namespace {

sigset_t set_of(std::initializer_list<int> numbers) {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : numbers)
        sigaddset(&set, number);
    return set;
}

}  // namespace

void block_signals() {
    const auto set = set_of({SIGUSR1, SIGUSR2, SIGHUP, SIGTERM, SIGINT});
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error like a full disk, and not the end
}

ReloadSignal::ReloadSignal(std::function<void()> reload) {
    thread_ = std::thread([this, reload = std::move(reload)] {
        const auto awaited = set_of({SIGUSR1});
        int number = 0;
        while (sigwait(&awaited, &number) == 0 && !ending_)
            reload();
    });
}

ReloadSignal::~ReloadSignal() {
    ending_ = true;
    pthread_kill(thread_.native_handle(), SIGUSR1);
    thread_.join();
}

}  // namespace milter::mta
