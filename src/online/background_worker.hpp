// SPDX-License-Identifier: Apache-2.0
// One thread that does what nobody waits for.
#pragma once
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

namespace tenzro::tee::online {

/// Does jobs one after the other. The thread begins with the first job; no signal of the program is delivered to it.
/// Threads: post may be called from several threads at once, also from a job. The destructor asks the job at work to
/// stop, drops those that wait, and returns when the job has.
class BackgroundWorker {
 public:
  /// Is to return soon after a stop is asked for.
  using Job = std::function<void(const std::stop_token&)>;
  static constexpr std::size_t kMaxWaiting = 256;

  BackgroundWorker() = default;
  BackgroundWorker(const BackgroundWorker&) = delete;
  BackgroundWorker& operator=(const BackgroundWorker&) = delete;
  ~BackgroundWorker();

  /// False, and the job is forgotten, when as many as may wait do, or the system has no thread for us. Throws
  /// std::bad_alloc where there is no memory to keep the job.
  bool post(Job job);

 private:
  bool start();
  void work(const std::stop_token& stop);

  std::mutex mutex_;
  std::condition_variable_any posted_;
  std::deque<Job> waiting_;
  std::jthread thread_;  // the last member: it ends before what it uses
};

}  // namespace tenzro::tee::online
