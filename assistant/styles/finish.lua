-- After citeproc: what pandoc's writers would do to the text or tell about this machine.

-- Word processors keep metadata as properties of the file, paths of this machine among them.
function Meta(meta)
  meta["bibliography"], meta["csl"], meta["link-citations"] = nil, nil, nil
  return meta
end

-- Typst reads "--", "-?", "-1" and "..." as other characters, and pandoc leaves them as they are.
function Str(el)
  local text = el.text
  if FORMAT:match("typst") and (text:find("%-[%-%?%d]") or text:find("..", 1, true)) then
    return pandoc.RawInline("typst", (text:gsub("%p", "\\%0")))
  end
end

-- The ODT writer knows no style for entries of a bibliography.
function Div(el)
  if FORMAT:match("odt") and el.classes:includes("csl-entry") then
    el.attributes["custom-style"] = "Bibliography"
    return el
  end
end
