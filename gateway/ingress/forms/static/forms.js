// Says at once what is wrong with a field, by asking the server; the server checks again anyway.
"use strict";

(function () {
  const PAUSE_MS = 500;

  function show(field, message) {
    const place = document.getElementById(field.id + "-error");
    if (!place || message === null || message === undefined) { return; }
    place.textContent = message;
    if (message) { field.setAttribute("aria-invalid", "true"); } else { field.removeAttribute("aria-invalid"); }
    field.parentElement.classList.toggle("wrong", Boolean(message));
  }

  function watch(form, field) {
    let timer = 0;
    let round = 0;
    let last = field.value;

    async function ask() {
      clearTimeout(timer);
      if (field.value === last) { return; }
      last = field.value;
      const mine = ++round;
      const body = new URLSearchParams({
        csrf: form.elements.csrf.value, field: field.name, value: field.value,
      });
      try {
        const answer = await fetch(form.dataset.check, { method: "POST", body });
        const told = answer.ok ? await answer.json() : {};
        if (mine === round) { show(field, told.message); }
      } catch (error) {
        // The network is away: the form is checked when it is sent.
        last = "";
      }
    }

    field.addEventListener("input", function () {
      clearTimeout(timer);
      // While somebody types for the first time nothing is wrong yet; a mistake shown is taken back soon.
      if (field.hasAttribute("aria-invalid")) { timer = setTimeout(ask, PAUSE_MS); }
    });
    field.addEventListener("change", ask);
  }

  for (const form of document.querySelectorAll("form[data-check]")) {
    for (const field of form.querySelectorAll("input[type=text], input[type=tel], input[type=email], input[type=date], select")) {
      watch(form, field);
    }
  }

  for (const form of document.querySelectorAll("form")) {
    form.addEventListener("submit", function (event) {
      const button = form.querySelector("button[type=submit]");
      if (button.getAttribute("aria-busy") === "true") { event.preventDefault(); return; }
      button.setAttribute("aria-busy", "true");
    });
  }

  // The page may come back out of the browser's memory by the back button.
  window.addEventListener("pageshow", function (event) {
    for (const button of document.querySelectorAll("button[aria-busy]")) { button.removeAttribute("aria-busy"); }
    if (event.persisted) { window.location.reload(); }
  });
})();
