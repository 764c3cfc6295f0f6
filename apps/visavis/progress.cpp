#include "progress.h"

#include <algorithm>
#include <cstdio>

#include <fmt/core.h>
#include <unistd.h>

namespace visavis::app {
namespace {

constexpr std::size_t kBar = 30;  // characters
constexpr std::chrono::milliseconds kEvery{200};

}  // namespace

Progress::Progress(std::size_t total)
    : total_(total), shown_(::isatty(STDERR_FILENO) == 1), start_(std::chrono::steady_clock::now()) {}

Progress::~Progress() {
    if (!shown_ || total_ == 0) return;
    draw(std::chrono::steady_clock::now());
    (void)std::fputc('\n', stderr);
}

void Progress::step() {
    const std::lock_guard lock(mutex_);
    ++done_;
    redraw();
}

void Progress::set(std::size_t done) {
    const std::lock_guard lock(mutex_);
    done_ = std::min(done, total_);
    redraw();
}

void Progress::print_above(const std::function<void()>& print) {
    const std::lock_guard lock(mutex_);
    if (shown_) fmt::print(stderr, "\r\033[K");  // erases the line
    print();
    if (shown_) draw(std::chrono::steady_clock::now());
}

void Progress::redraw() {
    const auto now = std::chrono::steady_clock::now();
    if (!shown_ || now - drawn_ < kEvery) return;
    drawn_ = now;
    draw(now);
}

void Progress::draw(std::chrono::steady_clock::time_point now) const {
    const double seconds = std::max(1e-3, std::chrono::duration<double>(now - start_).count());
    const double rate = static_cast<double>(done_) / seconds;
    const auto left = rate > 0 ? static_cast<long>(static_cast<double>(total_ - done_) / rate) : 0L;
    const std::size_t filled = total_ == 0 ? kBar : kBar * done_ / total_;
    fmt::print(stderr, "\r[{}{}] {}/{}  {:.1f}/s  {}:{:02} left ", std::string(filled, '#'),
               std::string(kBar - filled, '.'), done_, total_, rate, left / 60, left % 60);
    (void)std::fflush(stderr);
}

}  // namespace visavis::app
