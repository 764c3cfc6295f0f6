// From a coroutine onto a worker thread and back.
#pragma once

#include <functional>
#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "server/handler.h"
#include "server/work_queue.h"

namespace visavis::server {

struct Ran {
    Turn turn{Turn::kRefused};
    Response response;  ///< of kRun
};

/// `work` on a thread of `queue`; the coroutine goes on, on `strand`, when it has ended. What `work` refers
/// to stays alive in the coroutine's frame. `work` must not throw.
template <typename Strand>
boost::asio::awaitable<Ran> run_on(WorkQueue& queue, Strand strand,
                                   std::move_only_function<Response()> work) {
    namespace net = boost::asio;
    return net::async_initiate<const net::use_awaitable_t<>&, void(Ran)>(
        [&queue, strand](auto resume, std::move_only_function<Response()> job) {
            WorkQueue::Task task = [strand, resume = std::move(resume),
                                    job = std::move(job)](Turn turn) mutable {
                Ran ran{turn, {}};
                if (turn == Turn::kRun) ran.response = job();
                net::post(strand, [resume = std::move(resume), ran = std::move(ran)]() mutable {
                    std::move(resume)(std::move(ran));
                });
            };
            if (!queue.try_push(task)) task(Turn::kRefused);
        },
        net::use_awaitable, std::move(work));
}

}  // namespace visavis::server
