// The prefixes become buttons that put their line at the top of the query.
"use strict";

const query = document.getElementById("query");
for (const line of document.querySelectorAll("#prefixes code")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plain";
  button.textContent = line.textContent;
  button.addEventListener("click", () => {
    const prefix = line.textContent.split(" ")[1];
    const declared = query.value.split("\n").some((text) => {
      const words = text.trim().split(/\s+/);
      return words[0].toUpperCase() === "PREFIX" && words[1] === prefix;
    });
    if (!declared) {
      query.value = line.textContent + "\n" + query.value;
    }
    query.focus();
  });
  line.replaceWith(button);
}
query.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    query.form.requestSubmit();
  }
});
