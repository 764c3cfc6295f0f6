// A line on the terminal that says how far long work has come.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>

namespace visavis::app {

/// Thread-safe. Prints to stderr, and only if that is a terminal.
class Progress {
  public:
    explicit Progress(std::size_t total);
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    ~Progress();  ///< ends the line

    /// One more is done: redraws a few times a second with share, rate and time left.
    void step();

    /// So many are done.
    void set(std::size_t done);

    /// Makes room for what `print` prints, and draws the bar below it.
    void print_above(const std::function<void()>& print);

  private:
    void redraw();  // with mutex_
    void draw(std::chrono::steady_clock::time_point now) const;

    const std::size_t total_;
    const bool shown_;
    const std::chrono::steady_clock::time_point start_;
    std::mutex mutex_;
    std::size_t done_{0};                            // by mutex_
    std::chrono::steady_clock::time_point drawn_{};  // by mutex_
};

}  // namespace visavis::app
