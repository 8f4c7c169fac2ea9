"""Inspects OFD files (GB/T 33190-2016): the fixed-layout format of official electronic documents, a zip file of XML."""
