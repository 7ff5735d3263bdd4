// What the page does beyond a plain form: previews, the region drawn on the picture, results in place.

const PER_CENT = 5, PIXELS = 17; // of the smallest side of a region; rounded, the server takes no fewer than 16
const WHOLE = { left: 0, top: 0, width: 100, height: 100 };
const LEFT = "left", TOP = "top";
const find = (id) => document.getElementById(id);
const between = (low, value, high) => Math.min(Math.max(value, low), high);

document.documentElement.classList.add("js");
if (find("search")) start();

function start() {
  const form = find("search"), photo = find("photo"), camera = find("camera");
  const frame = find("frame"), region = find("region"), preview = find("preview");
  let crop = { ...WHOLE }, least = { x: PER_CENT, y: PER_CENT };

  function show() {
    for (const [name, share] of Object.entries(crop)) form.elements[name].value = Number(share.toFixed(2));
    const { left, top, width, height } = crop;
    for (const [name, share] of Object.entries({ left, top, right: left + width, bottom: top + height })) {
      frame.style.setProperty(`--${name}`, `${share}%`);
    }
    frame.classList.toggle("whole", isWhole());
  }

  function say() {
    const { left, top, width, height } = Object.fromEntries(
      Object.entries(crop).map(([name, share]) => [name, Math.round(share)]),
    );
    find("says").textContent = isWhole()
      ? "Searching with the whole picture."
      : `Searching with ${width} by ${height} % of the picture, ${left} % from the left, ${top} % from the top.`;
  }

  const isWhole = () => crop.width > 99.9 && crop.height > 99.9;
  const set = (wanted) => { crop = wanted; show(); };
  const settle = (wanted) => { set(wanted); say(); };

  // The photograph: chosen, taken, dropped or pasted. Whichever it was, the form holds one file.
  function take(file) {
    URL.revokeObjectURL(preview.src);
    find("picture").hidden = !file;
    find("picture").classList.remove("unseen");
    find("state").textContent = "";
    least = { x: PER_CENT, y: PER_CENT };
    if (!file) return;
    preview.src = URL.createObjectURL(file);
    settle({ ...WHOLE });
  }

  preview.addEventListener("load", () => {
    const { naturalWidth: width, naturalHeight: height } = preview;
    frame.style.setProperty("--ratio", width / height);
    frame.style.setProperty("--pixels", width);
    const share = (side) => between(PER_CENT, (100 * PIXELS) / side, 100);
    least = { x: share(width), y: share(height) };
  });
  preview.addEventListener("error", () => {
    if (find("picture").hidden) return;
    find("picture").classList.add("unseen");
    find("says").textContent = "This browser cannot show the file. Search, and the answer says whether it can be used.";
  });
  for (const [one, other] of [[photo, camera], [camera, photo]]) {
    one.addEventListener("change", () => {
      if (one.files.length) other.value = "";
      take(one.files[0] || other.files[0]);
    });
  }

  function takeFrom(transfer) {
    const file = [...transfer.files].find((one) => one.type.startsWith("image/")) || transfer.files[0];
    if (!file) return false;
    const files = new DataTransfer();
    files.items.add(file);
    photo.files = files.files;
    camera.value = "";
    take(file);
    return true;
  }

  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => { event.preventDefault(); takeFrom(event.dataTransfer); });
  document.addEventListener("paste", (event) => { if (takeFrom(event.clipboardData)) event.preventDefault(); });

  // The region by mouse, pen and finger. Outside it a finger scrolls the page.
  const at = (event) => {
    const box = frame.getBoundingClientRect();
    return {
      x: between(0, ((event.clientX - box.left) / box.width) * 100, 100),
      y: between(0, ((event.clientY - box.top) / box.height) * 100, 100),
    };
  };

  frame.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary || event.button !== 0) return;
    const inside = region.contains(event.target), corner = event.target.dataset.corner;
    if (!inside && event.pointerType === "touch") return;
    event.preventDefault();
    region.focus({ preventScroll: true, focusVisible: false });
    frame.setPointerCapture(event.pointerId);
    const from = at(event), before = crop;
    let follow = (to) => spanned(from, to, least);
    if (corner) {
      const [left, top] = [corner.includes(LEFT), corner.includes(TOP)];
      const [right, bottom] = [before.left + before.width, before.top + before.height];
      const fixed = { x: left ? right : before.left, y: top ? bottom : before.top };
      const held = { x: left ? before.left : right, y: top ? before.top : bottom };
      follow = (to) => spanned(fixed, {
        x: between(0, held.x + to.x - from.x, 100), y: between(0, held.y + to.y - from.y, 100),
      }, least);
    } else if (inside && !isWhole()) {
      follow = (to) => moved(before, to.x - from.x, to.y - from.y);
    }
    let far = false; // a mere tap changes nothing
    const move = (next) => {
      if (next.pointerId !== event.pointerId) return;
      const to = at(next);
      far ||= Math.hypot(to.x - from.x, to.y - from.y) > 1;
      if (far) set(follow(to));
    };
    const end = (last) => {
      if (last.pointerId !== event.pointerId) return;
      for (const kind of ["pointerup", "pointercancel"]) frame.removeEventListener(kind, end);
      frame.removeEventListener("pointermove", move);
      if (last.type === "pointercancel") set(before);
      say();
    };
    frame.addEventListener("pointermove", move);
    for (const kind of ["pointerup", "pointercancel"]) frame.addEventListener(kind, end);
  });

  // By keyboard.
  region.addEventListener("keydown", (event) => {
    const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] || [];
    if (x === undefined) return;
    event.preventDefault();
    settle(event.shiftKey ? resized(crop, 2 * x, 2 * y, least) : moved(crop, 2 * x, 2 * y));
  });
  for (const name of Object.keys(WHOLE)) {
    form.elements[name].addEventListener("change", () => {
      const given = { ...crop, [name]: Number(form.elements[name].value) || 0 };
      const left = between(0, given.left, 100 - least.x), top = between(0, given.top, 100 - least.y);
      settle({
        left, top,
        width: between(least.x, given.width, 100 - left), height: between(least.y, given.height, 100 - top),
      });
    });
  }
  find("whole").addEventListener("click", () => settle({ ...WHOLE }));

  // Results take their place on this page, so that the photograph stays for another region.
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const state = find("state");
    if (!photo.files.length && !camera.files.length) {
      state.textContent = "Choose or take a photograph first.";
      photo.focus();
      return;
    }
    if (find("results").ariaBusy === "true") return;
    find("results").ariaBusy = "true";
    state.textContent = "Searching…";
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const results = page.getElementById("results");
      if (!results) throw new Error("no page");
      find("results").replaceWith(results);
      document.title = page.title;
      state.textContent = "";
      find("heading").focus({ preventScroll: true });
      find("results").scrollIntoView();
    } catch {
      find("results").ariaBusy = "false";
      state.textContent = "The server cannot be reached. Please try again.";
    }
  });

  // A browser that comes back to this page may have kept the chosen file.
  take(photo.files[0] || camera.files[0]);
}

function spanned(one, other, least) {
  const width = Math.max(Math.abs(one.x - other.x), least.x), height = Math.max(Math.abs(one.y - other.y), least.y);
  return {
    left: between(0, other.x < one.x ? one.x - width : one.x, 100 - width),
    top: between(0, other.y < one.y ? one.y - height : one.y, 100 - height),
    width, height,
  };
}

function moved(crop, x, y) {
  return {
    ...crop,
    left: between(0, crop.left + x, 100 - crop.width),
    top: between(0, crop.top + y, 100 - crop.height),
  };
}

function resized(crop, x, y, least) {
  return {
    ...crop,
    width: between(least.x, crop.width + x, 100 - crop.left),
    height: between(least.y, crop.height + y, 100 - crop.top),
  };
}
