// Refreshing, kept honest: no requests from a page that nobody sees, and a word when the console stops answering.
(() => {
  const notice = () => document.getElementById("offline");
  document.addEventListener("htmx:config:request", (event) => {
    if (document.hidden) event.preventDefault();
  });
  document.addEventListener("htmx:error", () => {
    const shown = notice();
    if (!shown || !shown.hidden) return;
    shown.querySelector("time").textContent = new Date().toISOString().slice(11, 19) + " UTC";
    shown.hidden = false;
  });
  document.addEventListener("htmx:after:swap", () => {
    const shown = notice();
    if (shown) shown.hidden = true;
  });
})();
