# Writes the message table's source:  cmake -DOUTPUT=events.mc -P events.cmake
#
# Event ids never change their meaning. 32-bit ids are severity (bits 30-31), facility 0, no customer bit, and the
# number; so one number has three ids, and which of them an event carries follows from its severity. Categories are
# messages of severity 0.

set(text [=[;// Made by events.cmake.
MessageIdTypedef=DWORD
SeverityNames=(Success=0x0 Information=0x1 Warning=0x2 Error=0x3)
FacilityNames=(Application=0x0)
LanguageNames=(English=0x409:events_en)
]=])

# add_messages(first last severities text): the same text for every number and severity.
function(add_messages first last severities body)
  set(added "")
  foreach(number RANGE ${first} ${last})
    foreach(severity ${severities})
      string(APPEND added
        "\nMessageId=${number}\nSeverity=${severity}\nFacility=Application\nLanguage=English\n${body}\n.\n")
    endforeach()
  endforeach()
  set(text "${text}${added}" PARENT_SCOPE)
endfunction()

set(every Error Warning Information)

set(number 1)
foreach(category Service Input Delivery Detection Heartbeat)
  add_messages(${number} ${number} Success ${category})
  math(EXPR number "${number} + 1")
endforeach()

# 1-99 service, 100-199 input, 200-299 delivery, 300-399 self-protection, 9000 heartbeat.
# Strings: %1 what happened, one sentence; %2 what to do, or details; %3 the same as JSON, for programs.
set(agent_event "%1%n%n%2")
add_messages(1 399 "${every}" "${agent_event}")

# Detections. Strings: %1 title, %2 signature, %3 level, %4 state, %5 host, %6 group, %7 count, %8 first seen,
# %9 last seen, %10 cause, %11 resolution, %12 evidence, %13 all of it as JSON, for programs (not shown).
# %n is a line break that every reader keeps; breaks of the source itself are lost in some.
string(JOIN "%n" raised
  "%1" ""
  "Server: %5" "About: %6" "Since: %8, last seen %9, count %7" "Level: %3, state: %4, signature: %2" ""
  "WHY" "%10" ""
  "WHAT TO DO" "%11" ""
  "EVIDENCE" "%12")
string(JOIN "%n" cleared
  "Cleared: %1" ""
  "Server: %5" "About: %6" "Lasted: from %8 to %9, count %7" "State: %4, signature: %2" ""
  "WHAT IT WAS" "%10" ""
  "IF IT COMES BACK" "%11" ""
  "EVIDENCE" "%12")
add_messages(1000 1999 "${every}" "${raised}")
add_messages(2000 2999 "${every}" "${cleared}")

add_messages(9000 9000 Information "${agent_event}")

file(WRITE ${OUTPUT} "${text}")
