// Work that takes long, done in slices: between two of them the page is drawn and heeds whoever uses it.

const SLICE = 40;  // milliseconds, which people do not feel

/** One piece of work at a time, a generator that yields wherever it may pause: another one takes its place. */
export class Slices {
  constructor() {
    this.work = null;
    this.timer = null;
  }

  /** Begins with it at once. `onslice(value)` is told what was last yielded after each slice; the promise has what is
   * returned. It never comes where the work was stopped. */
  run(work, onslice = () => {}) {
    this.stop();
    this.work = work;
    return new Promise((done, fail) => {
      const slice = () => {
        try {
          const end = performance.now() + SLICE;
          let step = work.next();
          while (!step.done && performance.now() < end) step = work.next();
          if (step.done) done(step.value);
          else {
            this.timer = setTimeout(slice);
            onslice(step.value);
          }
        } catch (error) {
          fail(error);
        }
      };
      slice();
    });
  }

  /** Gives up what is being done; its `finally` runs. */
  stop() {
    clearTimeout(this.timer);
    this.work?.return();
  }
}
