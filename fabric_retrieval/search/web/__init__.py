"""The search page and its API: FastAPI and uvicorn, server-rendered."""
