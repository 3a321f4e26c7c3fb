// SPDX-License-Identifier: Apache-2.0
#include "online/background_worker.hpp"

#include <csignal>
#include <exception>
#include <utility>

namespace tenzro::tee::online {

BackgroundWorker::~BackgroundWorker() = default;

bool BackgroundWorker::post(Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= kMaxWaiting || (!thread_.joinable() && !start())) {
      return false;
    }
    waiting_.push_back(std::move(job));
  }
  posted_.notify_one();
  return true;
}

/// A thread has the signal mask of the one that makes it.
bool BackgroundWorker::start() {
  sigset_t all{};
  sigset_t before{};
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  bool started = true;
  try {
    thread_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
  } catch (const std::exception&) {
    started = false;  // no thread, or no memory for one
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return started;
}

void BackgroundWorker::work(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (posted_.wait(lock, stop, [this] { return !waiting_.empty(); }) && !stop.stop_requested()) {
    Job job = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    try {
      job(stop);
      job = nullptr;
    } catch (const std::exception&) {
      job = nullptr;  // memory has run out; nobody waits for this job, and the next one may fare better
    }
    lock.lock();
  }
}

}  // namespace tenzro::tee::online
