# Writes the WiX source of the MSI from its template, the signature packs and what central monitoring picks up.
#
#   cmake -DVERSION=1.2.3 -DTEMPLATE=cmgmon.wxs.in -DPACKS=DIR -DPICKUP=DIR -DOUTPUT=cmgmon.wxs -P wxs.cmake
#
# A component's GUID must stay the same for ever as long as its file has the same place, so it is derived from that place.
set(UPGRADE_CODE 3D9C6B0C-0D0C-4B7E-9A63-6E0B5B6C7F21)
set(EVENT_SOURCE "SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\CmgHealthMonitor")

function(guid_of place result)
  string(UUID guid NAMESPACE ${UPGRADE_CODE} NAME "${place}" TYPE SHA1 UPPER)
  set(${result} ${guid} PARENT_SCOPE)
endfunction()

foreach(part PROGRAM EVENTS CONFIGURATION DATA PACKS_D STATE LOG ALERTS)
  guid_of("component:${part}" GUID_${part})
endforeach()

# One component for each file below `folder`; directories as they are on the disk.
function(add_folder folder place indent)
  string(SHA1 id "${place}")
  string(SUBSTRING ${id} 0 16 id)
  get_filename_component(name ${folder} NAME)
  set(xml "${indent}<Directory Id=\"Dir${id}\" Name=\"${name}\">\n")
  file(GLOB entries RELATIVE ${folder} ${folder}/*)
  list(SORT entries)
  foreach(entry IN LISTS entries)
    if(IS_DIRECTORY ${folder}/${entry})
      add_folder(${folder}/${entry} "${place}/${entry}" "${indent}  ")
      string(APPEND xml "${child_xml}")
    else()
      string(SHA1 file "${place}/${entry}")
      string(SUBSTRING ${file} 0 16 file)
      guid_of("file:${place}/${entry}" guid)
      string(APPEND xml "${indent}  <Component Id=\"Cmp${file}\" Guid=\"${guid}\" Win64=\"yes\">"
        "<File Id=\"File${file}\" Name=\"${entry}\" Source=\"${place}/${entry}\" KeyPath=\"yes\"/></Component>\n")
      string(APPEND FILE_REFERENCES "      <ComponentRef Id=\"Cmp${file}\"/>\n")
    endif()
  endforeach()
  string(APPEND xml "${indent}</Directory>\n")
  set(child_xml "${xml}" PARENT_SCOPE)
  set(FILE_REFERENCES "${FILE_REFERENCES}" PARENT_SCOPE)
endfunction()

set(FILE_REFERENCES "")
add_folder(${PACKS} packs "          ")
set(PACKS_DIRECTORY "${child_xml}")
add_folder(${PICKUP} pickup "          ")
set(PICKUP_DIRECTORY "${child_xml}")
configure_file(${TEMPLATE} ${OUTPUT} @ONLY)
