// Links inside the page: Gradio sets <base>, so a plain #anchor could load the page anew. Only the jump is ours.
document.addEventListener(
  "click",
  (event) => {
    const link = event.target.closest && event.target.closest('a[href*="#"]');
    if (!link) return;
    const id = link.getAttribute("href").split("#")[1];
    if (!/^(evidence|proof)-\d+$/.test(id || "")) return;
    event.preventDefault();
    event.stopPropagation();
    const card = document.getElementById(id);
    if (!card) return;
    document.querySelectorAll(".sa-card.sa-target").forEach((one) => one.classList.remove("sa-target"));
    card.classList.add("sa-target");
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    card.scrollIntoView({ behavior: still ? "auto" : "smooth", block: "center" });
    card.focus({ preventScroll: true });
  },
  true,
);

// Gradio reads a message's markup out as its label; the text itself is what a screen reader should find.
new MutationObserver(() => {
  for (const one of document.querySelectorAll('#sa-chat [aria-label*="\'s message:"]')) {
    one.setAttribute("aria-label", one.dataset.testid === "user" ? "Question" : "Answer");
  }
}).observe(document.documentElement, { subtree: true, childList: true, attributes: true, attributeFilter: ["aria-label"] });

// A new question moves up to the top of the window as its answer grows, unless the reader scrolls.
let asked = 0;
let following = false;
for (const gesture of ["wheel", "touchmove", "mousedown", "keydown"]) {
  document.addEventListener(gesture, () => (following = false), { capture: true, passive: true });
}
new MutationObserver(() => {
  const questions = document.querySelectorAll('#sa-chat [data-testid="user"]');
  if (questions.length > asked && questions.length > 1) following = true;
  asked = questions.length;
  if (!following) return;
  questions[questions.length - 1].scrollIntoView({ block: "start", behavior: "instant" });
}).observe(document.documentElement, { subtree: true, childList: true, characterData: true });

// The button stands at the end of a long form, the text beside or below its beginning.
document.addEventListener("click", (event) => {
  if (!event.target.closest || !event.target.closest("#sa-draft")) return;
  const text = document.getElementById("sa-draft-text");
  const top = text.getBoundingClientRect().top;
  if (top < 0 || top > window.innerHeight * 0.6) text.scrollIntoView({ block: "start" });
});

// The chosen source opens above the list, which may be long; it is brought into view once it stands there.
document.addEventListener("click", (event) => {
  if (!event.target.closest || !event.target.closest("[data-source]")) return;
  const since = Date.now();
  const look = setInterval(() => {
    const editor = document.getElementById("sa-editor");
    if (editor && Date.now() - since > 300) editor.scrollIntoView({ block: "nearest" });
    if (editor ? Date.now() - since > 300 : Date.now() - since > 4000) clearInterval(look);
  }, 100);
});
