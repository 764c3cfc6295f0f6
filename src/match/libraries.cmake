target_link_libraries(visavis_match PRIVATE fmt::fmt Boost::json OpenSSL::Crypto Threads::Threads)
# One source an instruction set, chosen at run time (src/match/kernels/kernels.h). Without link-time optimisation,
# which would mix their flags. x86 sources compile to nothing elsewhere.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set_source_files_properties(${CMAKE_SOURCE_DIR}/src/match/kernels/sse42.cpp PROPERTIES COMPILE_OPTIONS "-msse4.2")
  set_source_files_properties(${CMAKE_SOURCE_DIR}/src/match/kernels/avx2.cpp PROPERTIES COMPILE_OPTIONS "-mavx2;-mfma")
  # g++ 12 warns of its own header, whose "undefined" registers read as uninitialised (GCC bug 105593).
  set(avx512 "-mavx512f;-mavx512bw;-mavx512vl;-mavx512dq;-mavx512vnni;-mavx2;-mfma;-Wno-uninitialized;-Wno-maybe-uninitialized")
  set_source_files_properties(${CMAKE_SOURCE_DIR}/src/match/kernels/avx512.cpp PROPERTIES COMPILE_OPTIONS "${avx512}")
  set_source_files_properties(${CMAKE_SOURCE_DIR}/src/match/kernels/avx512_vbmi.cpp PROPERTIES COMPILE_OPTIONS
                              "${avx512};-mavx512vbmi")
endif()
